import java.util.Scanner;
import java.util.stream.DoubleStream;

public class Statistics {
    public static void main(String[] args) {
        String unit = args.length > 0 ? " " + args[0] : "";
        var scanner = new Scanner(System.in);
        var values = DoubleStream.generate(scanner::nextDouble).takeWhile(value -> value != 0);
        var summary = values.summaryStatistics();
        System.out.printf("%d values, from %.1f to %.1f%s%n", summary.getCount(), summary.getMin(), summary.getMax(), unit);
        System.out.printf("on average %.2f%s%n", summary.getAverage(), unit);
    }
}
