// The Sun and the four large planets, 200,000 steps; the result is the energy in units of 1e-9.
struct body { double x, y, z, vx, vy, vz, mass; };

static struct body bodies[5] = {
    {0, 0, 0, 0, 0, 0, 39.47841760435743},
    {4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01,
     0.606326392995832, 2.81198684491626016, -0.02521836165988763, 0.03769367487038949},
    {8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01,
     -1.0107743461787924, 1.8256623712304119, 0.008415761376584154, 0.011286326131968767},
    {1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01,
     1.0827910064415354, 0.8687130181696082, -0.010832637401363636, 0.0017237240570597112},
    {1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01,
     0.979090732243898, 0.5946989986476762, -0.034755955504078104, 0.0020336868699246304},
};

// Gives the Sun the momentum that keeps the whole at rest.
static void offset_momentum(void) {
    double px = 0, py = 0, pz = 0;
    for (int i = 1; i < 5; i++) {
        px -= bodies[i].vx * bodies[i].mass;
        py -= bodies[i].vy * bodies[i].mass;
        pz -= bodies[i].vz * bodies[i].mass;
    }
    bodies[0].vx = px / bodies[0].mass;
    bodies[0].vy = py / bodies[0].mass;
    bodies[0].vz = pz / bodies[0].mass;
}

static double energy(void) {
    double e = 0;
    for (struct body *b = bodies; b < bodies + 5; b++) {
        double squares = b->vx * b->vx + b->vy * b->vy + b->vz * b->vz;
        e += 0.5 * b->mass * squares;
        for (struct body *o = b + 1; o < bodies + 5; o++) {
            double dx = b->x - o->x, dy = b->y - o->y, dz = b->z - o->z;
            e -= b->mass * o->mass / __builtin_sqrt(dx * dx + dy * dy + dz * dz);
        }
    }
    return e;
}

__attribute__((noinline)) static void advance(double dt) {
    for (struct body *b = bodies; b < bodies + 5; b++) {
        double x = b->x, y = b->y, z = b->z, vx = b->vx, vy = b->vy, vz = b->vz, mass = b->mass;
        for (struct body *o = b + 1; o < bodies + 5; o++) {
            double dx = x - o->x, dy = y - o->y, dz = z - o->z;
            double squares = dx * dx + dy * dy + dz * dz;
            double magnitude = dt / (squares * __builtin_sqrt(squares));
            double t = o->mass * magnitude, u = mass * magnitude;
            vx -= dx * t;
            vy -= dy * t;
            vz -= dz * t;
            o->vx += dx * u;
            o->vy += dy * u;
            o->vz += dz * u;
        }
        b->vx = vx;
        b->vy = vy;
        b->vz = vz;
        b->x = x + dt * vx;
        b->y = y + dt * vy;
        b->z = z + dt * vz;
    }
}

long long run(void) {
    offset_momentum();
    for (int n = 0; n < 200000; n++)
        advance(0.01);
    return energy() * 1e9;
}
