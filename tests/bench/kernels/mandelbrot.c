// 512 x 512 points, at most 200 steps each: f64 arithmetic in registers.
long long run(void) {
    long long total = 0;
    for (long long line = 0; line < 512; line++) {
        double cy = line * 0.005859375 - 1.5;
        for (long long column = 0; column < 512; column++) {
            double cx = column * 0.005859375 - 2.0, x = 0, y = 0;
            long long steps = 0;
            do {
                double xx = x * x, yy = y * y;
                if (xx + yy > 4.0)
                    break;
                y = x * y;
                y = y + y + cy;
                x = xx - yy + cx;
            } while (++steps < 200);
            total += steps;
        }
    }
    return total;
}
