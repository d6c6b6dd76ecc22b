local bit = require("bit")
local bxor, lshift, rshift = bit.bxor, bit.lshift, bit.rshift
local h, sum = bit.tobit(2463534242), 0
for i = 1, 30000000 do
  h = bxor(h, lshift(h, 13))
  h = bxor(h, rshift(h, 17))
  h = bxor(h, lshift(h, 5))
  sum = bxor(sum, h)
end
print(string.format("%d", sum))
