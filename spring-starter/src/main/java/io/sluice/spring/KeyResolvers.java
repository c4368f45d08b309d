package io.sluice.spring;

import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads the {@code key} of a limit, a room or a guard. */
final class KeyResolvers {

    private static final String EXPECTED =
            "principal, header:NAME, cookie:NAME, query:NAME, address, or the name of a KeyResolver bean";

    private final Map<String, KeyResolver> beans;

    KeyResolvers(Map<String, KeyResolver> beans) {
        this.beans = Map.copyOf(beans);
    }

    /**
     * Returns the resolver.
     *
     * @param property where the text stands, for the message
     * @throws IllegalArgumentException if the text names none
     */
    KeyResolver parse(String property, String text) {
        int colon = text.indexOf(':');
        if (colon > 0 && colon < text.length() - 1) {
            String name = text.substring(colon + 1);
            switch (text.substring(0, colon)) {
                case "header":
                    return named("h", call -> call.header(name));
                case "cookie":
                    return named("c", call -> call.cookie(name));
                case "query":
                    return named("q", call -> call.query(name));
                default:
                    throw unknown(property, text);
            }
        }
        KeyResolver bean = beans.get(text);
        if (bean != null) {
            return named("b", bean::resolve);
        }
        return switch (text) {
            case "principal" -> named("p", HttpCall::principal);
            case "address" -> ADDRESS;
            default -> throw unknown(property, text);
        };
    }

    /** Returns the resolver, or null if there is no text. */
    @Nullable
    KeyResolver parseOrNull(String property, @Nullable String text) {
        return text == null ? null : parse(property, text);
    }

    /** The peer's address. */
    static final KeyResolver ADDRESS = named("a", HttpCall::remoteAddress);

    /** One key for everybody. */
    static final KeyResolver SHARED = call -> "*";

    /** Marks the kind of a key, so that a user cannot pose as an address or as another kind of user. */
    private static KeyResolver named(String kind, Function<HttpCall, @Nullable String> value) {
        return call -> {
            String key = value.apply(call);
            return key == null || key.isEmpty() ? null : kind + ':' + key;
        };
    }

    private static IllegalArgumentException unknown(String property, String text) {
        return new IllegalArgumentException(property + " is \"" + text + "\", but expected " + EXPECTED);
    }
}
