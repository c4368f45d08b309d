package io.sluice.benchmarks.replay;

import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/** A small line plot over time as inline SVG; colours come from the page's style sheet. */
final class SvgPlot {

    private static final int WIDTH = 560;
    private static final int HEIGHT = 190;
    private static final int LEFT = 52;
    private static final int RIGHT = 10;
    private static final int TOP = 14;
    private static final int BOTTOM = 28;

    /** A point; y is NaN where there is nothing to show. */
    record Point(double seconds, double y) {}

    private final double maxSeconds;
    private final DoubleUnaryOperator toUnit;
    private final StringBuilder svg = new StringBuilder();

    /**
     * @param label what the plot shows, for readers who cannot see it
     * @param toUnit maps a value to its height between 0 and 1
     */
    SvgPlot(String label, double maxSeconds, DoubleUnaryOperator toUnit) {
        this.maxSeconds = Math.max(1, maxSeconds);
        this.toUnit = toUnit;
        add("<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">", WIDTH, HEIGHT, Html.escape(label));
        for (int second = 0; second <= this.maxSeconds; second += this.maxSeconds > 300 ? 60 : 20) {
            add(
                    "<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>",
                    x(second), TOP, x(second), floor());
            add(
                    "<text class=\"tick\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%d s</text>",
                    x(second), HEIGHT - 9, second);
        }
    }

    SvgPlot yTick(double value, String label) {
        add(
                "<line class=\"grid\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>",
                LEFT, y(value), WIDTH - RIGHT, y(value));
        add(
                "<text class=\"tick\" text-anchor=\"end\" x=\"%d\" y=\"%.1f\">%s</text>",
                LEFT - 6, y(value) + 4, Html.escape(label));
        return this;
    }

    SvgPlot line(String style, List<Point> points) {
        StringBuilder path = new StringBuilder();
        boolean drawing = false;
        for (Point point : points) {
            if (Double.isNaN(point.y)) {
                drawing = false;
                continue;
            }
            path.append(String.format(Locale.ROOT, "%s%.1f %.1f", drawing ? "L" : "M", x(point.seconds), y(point.y)));
            drawing = true;
        }
        add("<path class=\"line %s\" d=\"%s\"/>", style, path);
        return this;
    }

    SvgPlot mark(double seconds, String style, String meaning) {
        add(
                "<line class=\"mark %s\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"><title>%s</title></line>",
                style, x(seconds), TOP, x(seconds), floor(), Html.escape(meaning));
        return this;
    }

    String end() {
        return svg + "</svg>";
    }

    private double x(double seconds) {
        return LEFT + (WIDTH - LEFT - RIGHT) * seconds / maxSeconds;
    }

    private double y(double value) {
        double unit = Math.min(1, Math.max(0, toUnit.applyAsDouble(value)));
        return floor() - (floor() - TOP) * unit;
    }

    private static int floor() {
        return HEIGHT - BOTTOM;
    }

    private void add(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
