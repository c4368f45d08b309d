package io.sluice.spring;

import java.util.Map;

/** The settings that hold now. A request goes by those that it began with, whatever changes while it is under way. */
final class LiveSettings {

    private static final String ATTRIBUTE = HttpSettings.class.getName();

    private volatile HttpSettings now;

    LiveSettings(HttpSettings started) {
        now = started;
    }

    HttpSettings now() {
        return now;
    }

    void replace(HttpSettings changed) {
        now = changed;
    }

    /** Returns what a request goes by. */
    HttpSettings of(HttpCall call) {
        return of(call.attributes());
    }

    /** Returns the client's address by what a request goes by; the peer's if it has not met any of Sluice yet. */
    static String clientOf(HttpCall call) {
        return call.attributes().get(ATTRIBUTE) instanceof HttpSettings settings
                ? settings.proxies().clientOf(call)
                : call.remoteAddress();
    }

    /** Returns what the request with these attributes goes by. */
    HttpSettings of(Map<String, Object> attributes) {
        return (HttpSettings) attributes.computeIfAbsent(ATTRIBUTE, unused -> now);
    }
}
