-- One request after another for wrk: METHOD BODY TOKENS ROUND. With a file of TOKENS, each request has a random one of them.
local method, body, headers, tokens
function init(args)
  method = args[1]
  body = args[2] ~= "" and args[2] or nil
  headers = { ["Content-Type"] = body and "application/json" or nil }
  tokens = {}
  if args[3] ~= "" then
    for line in io.lines(args[3]) do tokens[#tokens + 1] = "Bearer " .. line end
  end
  math.randomseed(1 + tonumber(args[4]))
end
function request()
  if #tokens > 0 then headers["Authorization"] = tokens[math.random(#tokens)] end
  return wrk.format(method, nil, headers, body)
end
