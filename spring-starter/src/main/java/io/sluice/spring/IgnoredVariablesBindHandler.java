package io.sluice.spring;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.bind.AbstractBindHandler;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Warns of environment variables in which an underscore stands for a dash, and that Spring Boot therefore ignores:
 * {@code SLUICE_LIMITS_PER_USER_RATE} where no file has {@code sluice.limits.per-user}. Only warns, and only where the
 * property of a limit, room or guard that is there has no value: whatever else begins with {@code SLUICE_} may be a
 * Kubernetes service, or stand in some placeholder.
 */
final class IgnoredVariablesBindHandler extends AbstractBindHandler {

    private static final Logger log = LoggerFactory.getLogger(IgnoredVariablesBindHandler.class);

    private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("sluice");

    /** The properties that have values, under names that are equal if they differ by dashes and case alone. */
    private final Set<ConfigurationPropertyName> bound = new HashSet<>();

    IgnoredVariablesBindHandler(BindHandler parent) {
        super(parent);
    }

    @Override
    public @Nullable Object onSuccess(
            ConfigurationPropertyName name, Bindable<?> target, BindContext context, Object result) {
        if (ROOT.isAncestorOf(name)) {
            bound.add(name);
        }
        return super.onSuccess(name, target, context, result);
    }

    @Override
    public void onFinish(
            ConfigurationPropertyName name, Bindable<?> target, BindContext context, @Nullable Object result)
            throws Exception {
        super.onFinish(name, target, context, result);
        if (name.equals(ROOT) && result instanceof SluiceProperties properties) {
            Map<String, ConfigurationPropertyName> unset = unset(properties);
            for (ConfigurationPropertySource source : context.getSources()) {
                variables(source).forEach(variable -> warnOf(variable, unset.get(joined("", variable))));
            }
        }
    }

    private static Stream<ConfigurationPropertyName> variables(ConfigurationPropertySource source) {
        return source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource
                        && source instanceof IterableConfigurationPropertySource variables
                ? variables.stream()
                        .filter(ROOT::isAncestorOf)
                        // An application with a prefix for its variables lists others too, but does not read them.
                        .filter(variable -> variables.getConfigurationProperty(variable) != null)
                : Stream.empty();
    }

    private static void warnOf(ConfigurationPropertyName variable, @Nullable ConfigurationPropertyName meant) {
        if (meant != null) {
            log.warn(
                    "The environment variable {} has no effect. If Sluice is meant, leave out the underscores within"
                            + " names: {}",
                    variable(variable),
                    variable(meant));
        }
    }

    /** Returns the properties without a value of the limits, rooms and guards that are there, by their joined names. */
    private Map<String, ConfigurationPropertyName> unset(SluiceProperties there) {
        return Stream.of(
                        of("limits", there.allLimits().keySet(), SluiceProperties.LimitProperties.class),
                        of("rooms", there.rooms().keySet(), SluiceProperties.RoomProperties.class),
                        of("guards", there.guards().keySet(), SluiceProperties.GuardProperties.class))
                .flatMap(List::stream)
                .filter(property -> !bound.contains(property))
                .collect(Collectors.toMap(property -> joined("", property), property -> property, (one, same) -> one));
    }

    private static List<ConfigurationPropertyName> of(String kind, Set<String> names, Class<?> properties) {
        return names.stream()
                .map(Names::plain)
                // Others cannot be part of a variable.
                .filter(name -> name.matches("[a-z0-9]+"))
                .flatMap(name -> Arrays.stream(properties.getRecordComponents())
                        .map(property -> ROOT.append(kind)
                                .append(name)
                                .append(property.getName().toLowerCase(Locale.ROOT))))
                .toList();
    }

    private static String variable(ConfigurationPropertyName name) {
        return joined("_", name).toUpperCase(Locale.ROOT);
    }

    private static String joined(String separator, ConfigurationPropertyName name) {
        return IntStream.range(0, name.getNumberOfElements())
                .mapToObj(element -> name.getElement(element, Form.UNIFORM))
                .collect(Collectors.joining(separator));
    }
}
