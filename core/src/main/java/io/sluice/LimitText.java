package io.sluice;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The text form of bandwidths: {@code 10/1s, 300/1m burst 50}. */
final class LimitText {

    private static final Pattern BANDWIDTH =
            Pattern.compile("(\\d+) */ *(\\d+) *(ns|us|ms|s|m|h|d)(?: +burst +(\\d+))?");
    private static final String EXPECTED =
            "expected permits/period such as 10/1s, 10/250ms or 300/1m burst 50, several separated by commas,"
                    + " with periods in ns, us, ms, s, m, h or d";

    private LimitText() {}

    static List<Bandwidth> parse(String name, String text) {
        List<Bandwidth> bandwidths = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            try {
                bandwidths.add(parseBandwidth(part.strip()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "Limit \"%s\": cannot use \"%s\": %s".formatted(name, shorten(part.strip()), e.getMessage()),
                        e);
            }
        }
        return bandwidths;
    }

    private static Bandwidth parseBandwidth(String text) {
        Matcher matcher = BANDWIDTH.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(EXPECTED);
        }
        long permits = number(matcher.group(1));
        Duration period = period(matcher.group(2), matcher.group(3));
        String burst = matcher.group(4);
        return burst == null ? new Bandwidth(permits, period) : new Bandwidth(permits, period, number(burst));
    }

    private static Duration period(String digits, String unit) {
        try {
            return Duration.ofNanos(Math.multiplyExact(number(digits), nanosOf(unit)));
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("the period " + shorten(digits + unit) + " is too long", e);
        }
    }

    private static long number(String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("the number " + shorten(digits) + " is too large", e);
        }
    }

    private static long nanosOf(String unit) {
        return switch (unit) {
            case "ns" -> 1;
            case "us" -> 1_000;
            case "ms" -> 1_000_000;
            case "s" -> 1_000_000_000;
            case "m" -> 60_000_000_000L;
            case "h" -> 3_600_000_000_000L;
            default -> 86_400_000_000_000L;
        };
    }

    private static String shorten(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40) + "…";
    }

    static String format(List<Bandwidth> bandwidths) {
        return bandwidths.stream().map(LimitText::format).collect(Collectors.joining(", "));
    }

    static String format(Bandwidth bandwidth) {
        String rate = bandwidth.permits() + "/" + format(bandwidth.period());
        return bandwidth.burst() == bandwidth.permits() ? rate : rate + " burst " + bandwidth.burst();
    }

    private static String format(Duration period) {
        long nanos = period.toNanos();
        for (String unit : List.of("d", "h", "m", "s", "ms", "us")) {
            if (nanos % nanosOf(unit) == 0) {
                return nanos / nanosOf(unit) + unit;
            }
        }
        return nanos + "ns";
    }
}
