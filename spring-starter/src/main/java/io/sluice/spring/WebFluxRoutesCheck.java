package io.sluice.spring;

import java.util.List;
import java.util.Map;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.cloud.gateway.config.GatewayProperties;
import org.springframework.cloud.gateway.filter.FilterDefinition;
import org.springframework.cloud.gateway.route.RouteDefinition;
import org.springframework.cloud.gateway.support.NameUtils;
import org.springframework.core.env.Environment;

/** Checks a live change against the routes of the gateway's properties, which may change with it. */
final class WebFluxRoutesCheck implements StartCheck {

    private final AnnotatedMethods methods;
    private final Environment environment;

    /** @param methods knows the limits that annotations declare */
    WebFluxRoutesCheck(AnnotatedMethods methods, Environment environment) {
        this.methods = methods;
        this.environment = environment;
    }

    @Override
    public void check(SluiceProperties changed) {
        GatewayProperties gateway =
                Binder.get(environment).bindOrCreate(GatewayProperties.PREFIX, GatewayProperties.class);
        if (!gateway.isFailOnRouteDefinitionError()) {
            // A start leaves out the routes that it cannot set up.
            return;
        }
        Map<String, SluiceProperties.LimitProperties> limits = methods.limitsAfterStart(changed);
        checkAll("default-filters", gateway.getDefaultFilters(), limits, changed);
        gateway.getRoutes().stream()
                .filter(RouteDefinition::isEnabled)
                .forEach(route -> checkAll("routes (" + route.getId() + ')', route.getFilters(), limits, changed));
    }

    private static void checkAll(
            String property,
            List<FilterDefinition> filters,
            Map<String, SluiceProperties.LimitProperties> limits,
            SluiceProperties changed) {
        for (FilterDefinition filter : filters) {
            if (!hasExpressions(filter)) {
                SluiceConfigurationException.check(
                        GatewayProperties.PREFIX + '.' + property + ", filter " + filter.getName(),
                        () -> check(filter, limits, changed));
            }
        }
    }

    /** Tells whether an argument is a SpEL expression, of which only the gateway knows the value. */
    private static boolean hasExpressions(FilterDefinition filter) {
        return filter.getArgs().values().stream().anyMatch(argument -> argument.startsWith("#{"));
    }

    private static void check(
            FilterDefinition filter, Map<String, SluiceProperties.LimitProperties> limits, SluiceProperties changed) {
        Map<String, String> arguments = filter.getArgs();
        switch (String.valueOf(filter.getName())) {
            case "RateLimited" ->
                SluiceProperties.requireLimit(
                        limits,
                        argument(arguments, "limit", 0, SluiceProperties.PER_USER),
                        Long.parseLong(argument(arguments, "permits", 1, "1")));
            case "WaitingRoom" -> changed.requireRoom(argument(arguments, "room", 0, ""));
            case "Guard" -> changed.requireGuard(argument(arguments, "guard", 0, ""));
            default -> {
                // Not one of ours.
            }
        }
    }

    /** Returns an argument, by its name or, in the short form, by its place. */
    private static String argument(Map<String, String> arguments, String name, int place, String byDefault) {
        String inPlace = arguments.getOrDefault(NameUtils.generateName(place), byDefault);
        return arguments.getOrDefault(name, inPlace);
    }
}
