package io.sluice.spring;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;

/**
 * The values sent to the endpoint, as text; null for those not sent.
 *
 * @param given values by name
 */
record EndpointInput(Map<String, String> given) {

    /**
     * Requires at least one value, and none but those of these names.
     *
     * @throws IllegalArgumentException if that is not so; the message lists the names
     */
    void allow(String... names) {
        List<String> allowed = List.of(names);
        for (String name : given.keySet()) {
            if (!allowed.contains(name)) {
                throw new IllegalArgumentException(
                        "\"" + name + "\" cannot be changed here, but " + String.join(", ", names));
            }
        }
        if (given.isEmpty()) {
            throw new IllegalArgumentException("Nothing to change; expected some of " + String.join(", ", names));
        }
    }

    @Nullable
    String text(String name) {
        return given.get(name);
    }

    @Nullable
    Long number(String name) {
        return read(name, Long::valueOf, "a whole number");
    }

    @Nullable
    Integer wholeNumber(String name) {
        return read(name, Integer::valueOf, "a whole number");
    }

    @Nullable
    Duration duration(String name) {
        return read(name, EndpointInput::parseDuration, "a duration such as 500ms, 10s or 5m");
    }

    private static Duration parseDuration(String text) {
        Durations.checkUnit(text);
        return DurationStyle.detectAndParse(text);
    }

    @Nullable
    Boolean flag(String name) {
        return read(name, EndpointInput::parseFlag, "true or false");
    }

    <E extends Enum<E>> @Nullable E word(String name, Class<E> type) {
        String expected = Arrays.stream(type.getEnumConstants())
                .map(SluiceProperties::word)
                .collect(Collectors.joining(", ", "one of ", ""));
        return read(
                name,
                text -> Arrays.stream(type.getEnumConstants())
                        .filter(one -> SluiceProperties.word(one).equals(text))
                        .findFirst()
                        .orElseThrow(IllegalArgumentException::new),
                expected);
    }

    private static Boolean parseFlag(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException();
        };
    }

    private <T> @Nullable T read(String name, Function<String, T> parser, String expected) {
        String text = given.get(name);
        if (text == null) {
            return null;
        }
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + " is \"" + text + "\", but expected " + expected, e);
        }
    }
}
