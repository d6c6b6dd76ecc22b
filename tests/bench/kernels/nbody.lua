local solar_mass = 39.47841760435743
local bodies = {
  { 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, solar_mass },
  { 4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01,
    0.606326392995832, 2.81198684491626016, -0.02521836165988763, 0.03769367487038949 },
  { 8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01,
    -1.0107743461787924, 1.8256623712304119, 0.008415761376584154, 0.011286326131968767 },
  { 1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01,
    1.0827910064415354, 0.8687130181696082, -0.010832637401363636, 0.0017237240570597112 },
  { 1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01,
    0.979090732243898, 0.5946989986476762, -0.034755955504078104, 0.0020336868699246304 },
}
local sqrt = math.sqrt

local function offset_momentum()
  for k = 4, 6 do
    local p = 0
    for i = 2, 5 do p = p - bodies[i][k] * bodies[i][7] end
    bodies[1][k] = p / solar_mass
  end
end

local function energy()
  local e = 0
  for i = 1, 5 do
    local b = bodies[i]
    e = e + 0.5 * b[7] * (b[4] * b[4] + b[5] * b[5] + b[6] * b[6])
    for j = i + 1, 5 do
      local o = bodies[j]
      local dx, dy, dz = b[1] - o[1], b[2] - o[2], b[3] - o[3]
      e = e - b[7] * o[7] / sqrt(dx * dx + dy * dy + dz * dz)
    end
  end
  return e
end

local function advance(dt)
  for i = 1, 5 do
    local b = bodies[i]
    local x, y, z, vx, vy, vz, mass = b[1], b[2], b[3], b[4], b[5], b[6], b[7]
    for j = i + 1, 5 do
      local o = bodies[j]
      local dx, dy, dz = x - o[1], y - o[2], z - o[3]
      local squares = dx * dx + dy * dy + dz * dz
      local magnitude = dt / (squares * sqrt(squares))
      local t = o[7] * magnitude
      vx, vy, vz = vx - dx * t, vy - dy * t, vz - dz * t
      t = mass * magnitude
      o[4], o[5], o[6] = o[4] + dx * t, o[5] + dy * t, o[6] + dz * t
    end
    b[4], b[5], b[6] = vx, vy, vz
    b[1], b[2], b[3] = x + dt * vx, y + dt * vy, z + dt * vz
  end
end

offset_momentum()
for n = 1, 200000 do advance(0.01) end
local e = energy() * 1e9
print(string.format("%d", e - e % -1))
