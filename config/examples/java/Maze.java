import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

public class Maze {
    static final int WIDTH = 31, HEIGHT = 15;
    static final char[][] cells = new char[HEIGHT][WIDTH];
    static final Random random = new Random(7);

    record Step(int dx, int dy) {}

    static void dig(int x, int y) {
        cells[y][x] = ' ';
        var steps = Arrays.asList(new Step(2, 0), new Step(-2, 0), new Step(0, 2), new Step(0, -2));
        Collections.shuffle(steps, random);
        for (var step : List.copyOf(steps)) {
            int nextX = x + step.dx(), nextY = y + step.dy();
            if (nextX < 1 || nextY < 1 || nextX >= WIDTH - 1 || nextY >= HEIGHT - 1 || cells[nextY][nextX] == ' ') continue;
            cells[y + step.dy() / 2][x + step.dx() / 2] = ' ';
            dig(nextX, nextY);
        }
    }

    public static void main(String[] args) {
        for (char[] row : cells) Arrays.fill(row, '\u2588');
        dig(1, 1);
        cells[1][0] = cells[HEIGHT - 2][WIDTH - 1] = ' ';
        for (char[] row : cells) System.out.println(row);
    }
}
