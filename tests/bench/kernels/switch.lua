local bit = require("bit")
local bxor, band, bor, lshift, rshift, tobit = bit.bxor, bit.band, bit.bor, bit.lshift, bit.rshift, bit.tobit
-- The product modulo 2^32 in two halves, so that doubles hold it exactly.
local function step(seed)
  local low, high = band(seed, 0xffff), rshift(seed, 16)
  return tobit(low * 1103515245 + lshift(tobit(high * 20077), 16) + 12345)
end
local seed, acc = 12345, 1
for i = 0, 14999999 do
  seed = step(seed)
  local op = band(rshift(seed, 16), 7)
  if op == 0 then acc = tobit(acc + 7)
  elseif op == 1 then acc = bxor(acc, seed)
  elseif op == 2 then acc = tobit(acc - 3)
  elseif op == 3 then acc = bxor(acc, lshift(acc, 1))
  elseif op == 4 then acc = bxor(acc, rshift(acc, 3))
  elseif op == 5 then acc = bor(acc, 1)
  elseif op == 6 then acc = band(acc, 0xffffff)
  else acc = tobit(acc + i) end
end
print(string.format("%d", acc))
