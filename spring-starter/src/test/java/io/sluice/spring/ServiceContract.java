package io.sluice.spring;

import java.util.List;
import java.util.Map;

/** The contract on a service that protects itself, by {@code sluice.filters}. */
abstract class ServiceContract extends WebContract {

    private static final Map<String, String> KINDS =
            Map.of("RateLimited", "limit", "WaitingRoom", "room", "Guard", "guard");

    private int filters;

    @Override
    void route(Map<String, String> properties, int index, String path, List<String> names) {
        for (String name : names) {
            String prefix = "sluice.filters[" + filters++ + "].";
            String[] kindAndArguments = name.split("=", 2);
            String[] arguments = kindAndArguments[1].split(", ", 2);
            properties.put(prefix + "path", path);
            properties.put(prefix + KINDS.get(kindAndArguments[0]), arguments[0]);
            if (arguments.length > 1) {
                properties.put(prefix + "permits", arguments[1]);
            }
        }
    }
}
