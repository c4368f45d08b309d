package io.sluice.spring;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.AbstractBindHandler;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.context.properties.source.UnboundElementsSourceFilter;
import org.springframework.core.ResolvableType;

/**
 * Refuses unknown properties under {@code sluice}, which would be ignored, values in which a placeholder is left, and
 * durations without a unit. Compares names: Spring Boot's own {@code NoUnboundElementsBindHandler} also refuses
 * properties of a list that another source replaces, and empty values.
 */
final class KnownPropertiesBindHandler extends AbstractBindHandler {

    private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("sluice");

    /** Leaves out the environment, where such a name may be another's, as with a Kubernetes service named "sluice". */
    private final UnboundElementsSourceFilter checked = new UnboundElementsSourceFilter();

    KnownPropertiesBindHandler(BindHandler parent) {
        super(parent);
    }

    @Override
    public @Nullable Object onSuccess(
            ConfigurationPropertyName name, Bindable<?> target, BindContext context, Object result) {
        if (ROOT.isAncestorOf(name)) {
            Placeholders.check(name.toString(), result);
            if (result instanceof Duration) {
                checkUnit(name, context);
            }
        }
        return super.onSuccess(name, target, context, result);
    }

    private static void checkUnit(ConfigurationPropertyName name, BindContext context) {
        try {
            context.getBinder().bind(name, Bindable.of(String.class)).ifBound(Durations::checkUnit);
        } catch (IllegalArgumentException e) {
            throw new SluiceConfigurationException(
                    name + ": " + e.getMessage(), "Write the unit, such as 500ms, 10s or 5m.");
        }
    }

    @Override
    public void onFinish(
            ConfigurationPropertyName name, Bindable<?> target, BindContext context, @Nullable Object result)
            throws Exception {
        super.onFinish(name, target, context, result);
        if (name.equals(ROOT)) {
            for (ConfigurationPropertySource source : context.getSources()) {
                if (checked.apply(source) && source instanceof IterableConfigurationPropertySource named) {
                    named.stream()
                            .filter(ROOT::isAncestorOf)
                            .forEach(property -> check(property, ROOT.getNumberOfElements(), target.getType()));
                }
            }
        }
    }

    /** @param at the index of the element of the name that must be a property of the type */
    private static void check(ConfigurationPropertyName property, int at, ResolvableType type) {
        if (at == property.getNumberOfElements()) {
            return;
        }
        Class<?> kind = type.toClass();
        if (kind.isRecord()) {
            check(
                    property,
                    at + 1,
                    ResolvableType.forType(component(property, at, kind).getGenericType()));
        } else if (kind == Map.class) {
            check(property, at + 1, type.getGeneric(1));
        } else if (kind == List.class && property.isNumericIndex(at)) {
            check(property, at + 1, type.getGeneric(0));
        } else {
            throw unknown(property, property.chop(at) + " has no properties of its own");
        }
    }

    private static RecordComponent component(ConfigurationPropertyName property, int at, Class<?> kind) {
        String name = property.getElement(at, ConfigurationPropertyName.Form.UNIFORM);
        return Arrays.stream(kind.getRecordComponents())
                .filter(component -> component.getName().equalsIgnoreCase(name))
                .findAny()
                .orElseThrow(() -> unknown(property, "Those under " + property.chop(at) + ": " + names(kind)));
    }

    private static String names(Class<?> kind) {
        return Arrays.stream(kind.getRecordComponents())
                .map(component ->
                        component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }

    private static SluiceConfigurationException unknown(ConfigurationPropertyName property, String expected) {
        return new SluiceConfigurationException(
                "There is no property " + property + ". " + expected, "Correct the name, or remove the property.");
    }
}
