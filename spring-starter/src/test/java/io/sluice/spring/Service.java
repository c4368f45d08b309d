package io.sluice.spring;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** What is protected: answers 200 to everything, with the body that it got, and remembers what it was asked. */
final class Service {

    private static final String PUBLIC = "public, max-age=60";

    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);

    /** Returns method and path of every call so far. */
    List<String> calls() {
        return List.copyOf(calls);
    }

    /** Lets calls to {@code /slow} be answered. */
    void open() {
        gate.countDown();
    }

    /** Returns the headers of the answer; may block. */
    Map<String, String> serve(String method, String path) {
        calls.add(method + " " + path);
        if (path.startsWith("/slow")) {
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        if (path.startsWith("/failing")) {
            throw new IllegalStateException("as the test wants");
        }
        if (path.contains("/done")) {
            return Map.of("Sluice-Release", "true", "Cache-Control", PUBLIC, "CDN-Cache-Control", PUBLIC);
        }
        return path.contains("/public")
                ? Map.of("Cache-Control", PUBLIC, "CDN-Cache-Control", PUBLIC, "Surrogate-Control", PUBLIC)
                : Map.of();
    }
}
