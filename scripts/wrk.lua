-- Contacts for wrk, each from a new phone. A number behind `--` says which phone is the first:
--   wrk -t1 -c128 -d3s -s scripts/wrk.lua http://127.0.0.1:8000 -- 0
-- The server needs a source 1 with operators who have room. `maitred bench --echo 127.0.0.1:8001` is the bare echo to
-- compare with.

local sent, first = 0, 0
local headers = { ["Content-Type"] = "application/json" }

function init(arguments)
  first = tonumber(arguments[1] or "0")
end

function request()
  sent = sent + 1
  -- Far from those before it, as phones are, and none twice: the step and the range share no factor.
  local phone = 79000000000 + (first + sent) * 7919 % 999999937
  local body = '{"source_id": 1, "lead_phone": "+' .. phone .. '", "message": "Hello, I would like to know the price"}'
  return wrk.format("POST", "/api/v1/contacts", headers, body)
end
