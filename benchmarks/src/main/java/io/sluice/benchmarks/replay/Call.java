package io.sluice.benchmarks.replay;

import java.util.Map;

/**
 * A request of the load client.
 *
 * @param token goes out as {@code Authorization: Bearer}; none when empty
 * @param body a JSON object; none when empty
 */
record Call(String method, String path, String token, String body) {

    static Call get(String path, String token) {
        return new Call("GET", path, token, "");
    }

    static Call post(String path, String token, Map<String, ?> fields) {
        return new Call("POST", path, token, Json.object(fields));
    }

    static Call logIn(String name) {
        return post("/auth/login", "", Map.of("email", name, "password", "secret"));
    }

    static Call order(String token) {
        return post("/orders", token, Map.of("eventId", "event-1"));
    }
}
