local ffi = require("ffi")
local size = 1048576
local flags = ffi.new("uint8_t[?]", size)
local words = ffi.cast("uint64_t *", flags)
local count
for round = 1, 4 do
  for i = 0, size / 8 - 1 do words[i] = 0 end
  count = 0
  for i = 2, size - 1 do
    if flags[i] == 0 then
      count = count + 1
      for j = i + i, size - 1, i do flags[j] = 1 end
    end
  end
end
print(string.format("%d", count))
