local total = 0
for line = 0, 511 do
  local cy = line * 0.005859375 - 1.5
  for column = 0, 511 do
    local cx = column * 0.005859375 - 2
    local x, y, steps = 0, 0, 0
    repeat
      local xx, yy = x * x, y * y
      if xx + yy > 4 then break end
      y = x * y
      y = y + y + cy
      x = xx - yy + cx
      steps = steps + 1
    until steps >= 200
    total = total + steps
  end
end
print(string.format("%d", total))
