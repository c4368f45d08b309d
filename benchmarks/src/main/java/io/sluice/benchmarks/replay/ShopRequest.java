package io.sluice.benchmarks.replay;

import java.util.Map;

/**
 * The part of an HTTP request that the shop needs.
 *
 * @param token what follows {@code Bearer } in the {@code Authorization} header, or an empty text
 * @param fields the JSON body's fields and the query's parameters
 */
record ShopRequest(String method, String path, String token, Map<String, String> fields) {

    boolean is(String otherMethod, String otherPath) {
        return method.equals(otherMethod) && path.equals(otherPath);
    }

    String field(String name) {
        return fields.getOrDefault(name, "");
    }
}
