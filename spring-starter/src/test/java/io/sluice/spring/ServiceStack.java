package io.sluice.spring;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.WebApplicationType;

/** A service that protects itself, by {@code sluice.filters}. */
final class ServiceStack extends WebStack {

    private static final Map<String, String> KINDS =
            Map.of("RateLimited", "limit", "WaitingRoom", "room", "Guard", "guard");

    ServiceStack(WebApplicationType type, Class<?> application) {
        super(type, application);
    }

    @Override
    void route(Map<String, String> properties, String path, List<String> names) {
        for (String name : names) {
            String[] kindAndArguments = name.split("=", 2);
            String[] arguments = kindAndArguments[1].split(", ", 2);
            Map<String, String> filter = new LinkedHashMap<>();
            filter.put("path", path);
            filter.put(KINDS.get(kindAndArguments[0]), arguments[0]);
            if (arguments.length > 1) {
                filter.put("permits", arguments[1]);
            }
            filter(properties, filter);
        }
    }
}
