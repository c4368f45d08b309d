package io.sluice.spring;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where Redis is.
 *
 * @param uris one, or some nodes of a cluster
 * @param cluster whether it is a cluster
 */
record RedisAddress(List<String> uris, boolean cluster) {

    /** Returns the address that is configured under {@code sluice.redis}; null if none is. */
    static @Nullable RedisAddress of(SluiceProperties.RedisProperties properties) {
        if (!properties.cluster().isEmpty()) {
            return new RedisAddress(properties.cluster(), true);
        }
        return properties.uri() == null ? null : new RedisAddress(List.of(properties.uri()), false);
    }

    @Override
    public String toString() {
        return uris.stream().map(RedisAddress::withoutCredentials).toList().toString();
    }

    /** Returns a URI as it may be shown: without its user and password. */
    static String withoutCredentials(String uri) {
        return uri.replaceAll("//.*@", "//***@");
    }
}
