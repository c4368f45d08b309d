package io.sluice.spring;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/** Parses the {@code key} of a limit, a room or a guard. */
final class KeyResolvers {

    private static final String EXPECTED = "principal, header:NAME, cookie:NAME, query:NAME, path:NAME,"
            + " spel:EXPRESSION, address, or the name of a KeyResolver bean";

    /** The one key for everybody. */
    static final String EVERYBODY = "*";

    private static final KeyResolver SHARED = call -> EVERYBODY;

    private static final int DIGEST_BYTES = 16;

    /** A digest per thread, because creating one costs more than using it. */
    private static final ThreadLocal<MessageDigest> DIGESTS = ThreadLocal.withInitial(KeyResolvers::newDigest);

    private final Map<String, KeyResolver> beans;
    private final LiveSettings settings;
    private final KeyResolver address;

    KeyResolvers(Map<String, KeyResolver> beans, LiveSettings settings) {
        this.beans = Map.copyOf(beans);
        this.settings = settings;
        this.address = named("a", call -> TrustedProxies.counted(settled(call).clientAddress()));
    }

    /**
     * Returns the resolver that a text names.
     *
     * @param property the property that has the text, for the message
     * @throws IllegalArgumentException if the text names none
     */
    KeyResolver parse(String property, String text) {
        int colon = text.indexOf(':');
        if (colon > 0 && colon < text.length() - 1) {
            String name = text.substring(colon + 1);
            return switch (text.substring(0, colon)) {
                case "header" -> named("h", call -> digest(header(call, name)));
                case "cookie" -> named("c", call -> digest(call.cookie(name)));
                case "query" -> named("q", call -> digest(call.query(name)));
                case "path" -> named("v", call -> call.pathVariable(name));
                case "spel" -> named("e", expression(property, name));
                default -> throw unknown(property, text);
            };
        }
        KeyResolver bean = beans.get(text);
        if (bean != null) {
            return named("b", call -> bean.resolve(settled(call)));
        }
        return switch (text) {
            case SluiceProperties.PRINCIPAL -> named("p", HttpCall::principal);
            case SluiceProperties.ADDRESS -> address;
            default -> throw unknown(property, text);
        };
    }

    /**
     * Returns the value of a header, in one form for all equivalent values; null if there is none, or if several
     * differ.
     */
    private static @Nullable String header(HttpCall call, String name) {
        String value = OneValue.of(call.headers(name));
        return value == null || !name.equalsIgnoreCase(HttpHeaders.AUTHORIZATION) ? value : credentials(value);
    }

    /**
     * Normalizes credentials: services read any case of the scheme, and any number of spaces (RFC 9110, section 11.4).
     */
    private static String credentials(String value) {
        int end = value.indexOf(' ');
        return end < 0
                ? value
                : value.substring(0, end).toLowerCase(Locale.ROOT)
                        + ' '
                        + value.substring(end).stripLeading();
    }

    /** Binds the settings in force to the call: {@code clientAddress()} takes the trusted proxies from them. */
    private HttpCall settled(HttpCall call) {
        var unused = settings.of((GatedCall) call);
        return call;
    }

    private Function<HttpCall, @Nullable String> expression(String property, String text) {
        try {
            CallExpression expression = CallExpression.parse(text);
            return call -> digest(expression.evaluate(new CallExpression.Request(settled(call))));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    property + " is \"spel:" + text + "\", which cannot be used: " + e.getMessage(), e);
        }
    }

    /** Returns the key of the principal of that name. */
    static String ofPrincipal(String name) {
        return "p:" + name;
    }

    /**
     * Tells whether a key is a value that the client writes into its request, which proves nothing. A bean is trusted
     * to know whom it names.
     */
    static boolean isChosenByClient(@Nullable String text) {
        return text != null && text.indexOf(':') > 0;
    }

    /** Returns the resolver, or null if there is no text. */
    @Nullable
    KeyResolver parseOrNull(String property, @Nullable String text) {
        return text == null ? null : parse(property, text);
    }

    /**
     * Returns the key that an operator writes as its kind and plain value, such as {@code h:} and a header's value.
     *
     * @param text the configured {@code key}, such as a room's
     */
    static String ofWritten(String kindAndValue, @Nullable String text) {
        if (!kindAndValue.matches("[hcqe]:.+")) {
            return kindAndValue;
        }
        String value = kindAndValue.substring(2);
        boolean isCredentials = kindAndValue.startsWith("h:") && "header:Authorization".equalsIgnoreCase(text);
        return kindAndValue.substring(0, 2) + digest(isCredentials ? credentials(value) : value);
    }

    /** Returns the key that an annotation's expression gives. */
    static String ofExpression(String value) {
        return "s:" + value;
    }

    /** Returns a resolver that falls back on the configured behavior where another one finds no key. */
    KeyResolver orElse(KeyResolver key, SluiceProperties.Anonymous anonymous) {
        return switch (anonymous) {
            case BY_ADDRESS -> either(key, address);
            case SHARED -> either(key, SHARED);
            case REFUSE -> key;
        };
    }

    private static KeyResolver either(KeyResolver first, KeyResolver second) {
        return call -> {
            String key = first.resolve(call);
            return key == null || key.isEmpty() ? second.resolve(call) : key;
        };
    }

    /** Hashes a value that may be a secret, so that it is neither kept nor logged, nor sent to a store. */
    private static @Nullable String digest(@Nullable String value) {
        if (value == null || value.isEmpty()) {
            return null;
        }
        byte[] digest = DIGESTS.get().digest(value.getBytes(StandardCharsets.UTF_8));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(digest, DIGEST_BYTES));
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    /** Prefixes a key with its kind, so that a user cannot pose as an address or as another kind of user. */
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
