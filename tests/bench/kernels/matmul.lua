local ffi = require("ffi")
local bit = require("bit")
local a, b, c = ffi.new("double[16384]"), ffi.new("double[16384]"), ffi.new("double[16384]")
for i = 0, 16383 do
  a[i] = bit.band(i, 63)
  b[i] = bit.band(i, 31)
end
local sum = 0
for round = 1, 10 do
  for i = 0, 127 do
    for j = 0, 127 do
      local x, p, q = 0, j, i * 128
      for k = 0, 127 do
        x = x + a[q] * b[p]
        q = q + 1
        p = p + 128
      end
      c[i * 128 + j] = x
      sum = sum + x
    end
  end
end
print(string.format("%d", sum))
