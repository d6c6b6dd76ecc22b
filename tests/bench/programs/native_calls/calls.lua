-- calls.lua LIBRARY KIND COUNT
local ffi = require("ffi")
ffi.cdef([[
double next(double x);
int64_t mix(int32_t a, int64_t b, double c, int64_t d);
int64_t repeat_it(int32_t (*callback)(int32_t), int64_t n) __asm__("repeat");
]])
local library = ffi.load(arg[1])
local kind, n = arg[2], tonumber(arg[3])
local sum = 0
if kind == "one" then
  for _ = 1, n do sum = library.next(sum) end
elseif kind == "four" then
  -- An int64_t is an object here, which the compiler does without in a loop.
  local x = 0LL
  for _ = 1, n do x = library.mix(0, x, 1, 0) end
  sum = tonumber(x)
elseif kind == "callback" then
  local callback = ffi.cast("int32_t (*)(int32_t)", function(x) return x + 1 end)
  sum = tonumber(library.repeat_it(callback, n))
else
  for _ = 1, n do end
  sum = n
end
print(string.format("%d", sum))
