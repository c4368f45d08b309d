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

    /** Returns what the request with these attributes goes by. */
    HttpSettings of(Map<String, Object> attributes) {
        return (HttpSettings) attributes.computeIfAbsent(ATTRIBUTE, unused -> now);
    }
}
