local bit = require("bit")
local bxor, band = bit.bxor, bit.band
local function leaf(x, y)
  return band(bxor(x, y) + 3, 0x7fff)
end
local x = 0
for i = 0, 19999999 do x = leaf(x, i) end
print(string.format("%d", x))
