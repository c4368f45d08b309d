package io.sluice.spring;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A text with gaps: {@code {{name}}} stands for a value. Values go in as they are, so they must be escaped for their
 * place.
 */
final class Template {

    private static final Pattern GAP = Pattern.compile("\\{\\{\\s*([A-Za-z0-9.-]+)\\s*}}");

    /** Literals at even, names of gaps at odd indexes. */
    private final List<String> parts = new ArrayList<>();

    Template(String text) {
        Matcher gap = GAP.matcher(text);
        int end = 0;
        while (gap.find()) {
            parts.add(text.substring(end, gap.start()));
            parts.add(gap.group(1));
            end = gap.end();
        }
        parts.add(text.substring(end));
    }

    Set<String> gaps() {
        Set<String> gaps = new LinkedHashSet<>();
        for (int i = 1; i < parts.size(); i += 2) {
            gaps.add(parts.get(i));
        }
        return gaps;
    }

    /** Returns the text with its gaps filled; a gap whose value is null stays a gap. */
    String fill(Function<String, @Nullable String> values) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            String part = parts.get(i);
            if (i % 2 == 0) {
                text.append(part);
            } else {
                String value = values.apply(part);
                text.append(value == null ? "{{" + part + "}}" : value);
            }
        }
        return text.toString();
    }

    String fill(Map<String, String> values) {
        return fill(values::get);
    }
}
