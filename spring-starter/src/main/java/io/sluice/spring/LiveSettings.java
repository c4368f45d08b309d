package io.sluice.spring;

import java.util.Map;

/** The settings in force. A request keeps those that it began with, whatever changes while it is under way. */
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

    /** Returns the settings of a request. */
    HttpSettings of(GatedCall call) {
        return of(call.attributes());
    }

    /** Returns the client's address by the settings of the request; the peer's if the request has none yet. */
    static String clientOf(GatedCall call) {
        return call.attributes().get(ATTRIBUTE) instanceof HttpSettings settings
                ? settings.proxies().clientOf(call)
                : call.remoteAddress();
    }

    /** Returns the settings of the request with these attributes. */
    HttpSettings of(Map<String, Object> attributes) {
        return (HttpSettings) attributes.computeIfAbsent(ATTRIBUTE, unused -> now);
    }
}
