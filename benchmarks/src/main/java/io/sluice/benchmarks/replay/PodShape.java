package io.sluice.benchmarks.replay;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many pods the shop has, and what part of a core each may use.
 *
 * @param pods at least 1
 * @param coresPerPod more than 0
 */
record PodShape(int pods, double coresPerPod) {

    private static final Pattern TEXT = Pattern.compile("(\\d{1,2})x(\\d{1,2}(?:\\.\\d{1,3})?)");

    PodShape {
        if (pods < 1 || !(coresPerPod > 0)) {
            throw new IllegalArgumentException(
                    "a shop needs at least one pod and some CPU, not " + pods + "x" + coresPerPod);
        }
    }

    /** Reads {@code 2x0.4}: two pods of 0.4 core each. */
    static PodShape parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("expected pods x cores, such as 2x0.4, but got '" + text + "'");
        }
        return new PodShape(Integer.parseInt(matcher.group(1)), Double.parseDouble(matcher.group(2)));
    }

    double cores() {
        return pods * coresPerPod;
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%dx%s", pods, Double.toString(coresPerPod));
    }
}
