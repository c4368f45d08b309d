package io.sluice.spring;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.cloud.gateway.server.mvc.common.MvcUtils;
import org.springframework.cloud.gateway.server.mvc.common.Shortcut;
import org.springframework.cloud.gateway.server.mvc.config.FilterProperties;
import org.springframework.cloud.gateway.server.mvc.config.GatewayMvcProperties;
import org.springframework.cloud.gateway.server.mvc.config.RouteProperties;
import org.springframework.core.env.Environment;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.util.StringUtils;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.servlet.function.HandlerFilterFunction;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * The filters of Spring Cloud Gateway on WebMVC, which finds them by their names and parameters: {@code
 * RateLimited=per-user}, {@code RateLimited=per-user, 5}, {@code WaitingRoom=event-1}, {@code Guard=shop-login}. For
 * routes in Java:
 *
 * <pre>{@code
 * GatewayRouterFunctions.route("orders")
 *         .route(path("/orders/**"), http())
 *         .filter(rateLimited("per-user"))
 *         .filter(waitingRoom("event-1"))
 *         .before(uri("http://shop"))
 *         .build()
 * }</pre>
 *
 * <p>A name that is not configured fails the first call of such a route. In the properties it fails the start.
 */
public final class MvcGatewayFilters {

    private static final String DEFAULT_FILTERS = GatewayMvcProperties.PREFIX + ".default-filters";
    private static final Set<String> NAMES = Set.of("rateLimited", "waitingRoom", "guard");

    private MvcGatewayFilters() {}

    /** {@code RateLimited=per-user}. */
    @Shortcut
    public static HandlerFilterFunction<ServerResponse, ServerResponse> rateLimited(String limit) {
        return rateLimited(limit, 1);
    }

    /** {@code RateLimited=per-user, 5}, where a call costs five permits. */
    @Shortcut
    public static HandlerFilterFunction<ServerResponse, ServerResponse> rateLimited(String limit, long permits) {
        return through(gate -> gate.limit(limit).costing(permits));
    }

    /** {@code WaitingRoom=event-1}: only visitors who are inside pass. */
    @Shortcut
    public static HandlerFilterFunction<ServerResponse, ServerResponse> waitingRoom(String room) {
        return through(gate -> gate.room(room));
    }

    /** {@code Guard=shop-login}: a call waits until the service has room for it. */
    @Shortcut
    public static HandlerFilterFunction<ServerResponse, ServerResponse> guard(String guard) {
        return through(gate -> gate.guard(guard));
    }

    /**
     * Looks up what the routes of the properties name, so that the start refuses an unknown name. The functions above
     * are static, and know the application only from the first request on.
     *
     * @throws SluiceConfigurationException if a name is not configured, or if a filter of Sluice's would have no effect
     */
    static void check(GatewayMvcProperties routes, Environment environment, SluiceProperties properties) {
        routes.getRoutes().forEach(route -> check("routes (" + route.getId() + ')', route, properties));
        routes.getRoutesMap().forEach((id, route) -> check("routes-map." + id, route, properties));
        checkDefaults(environment);
    }

    private static void check(String property, RouteProperties route, SluiceProperties properties) {
        for (FilterProperties filter : route.getFilters()) {
            SluiceConfigurationException.check(
                    GatewayMvcProperties.PREFIX + '.' + property + ", filter " + filter.getName(),
                    () -> check(filter, properties));
        }
    }

    /** Does the same for a live change, which may change routes as well. */
    static StartCheck ofChanges(Environment environment) {
        return changed -> check(
                Binder.get(environment).bindOrCreate(GatewayMvcProperties.PREFIX, GatewayMvcProperties.class),
                environment,
                changed);
    }

    /** Refuses filters of Sluice's where only the gateway on WebFlux reads them: they would protect nothing. */
    private static void checkDefaults(Environment environment) {
        Binder.get(environment)
                .bind(DEFAULT_FILTERS, Bindable.listOf(FilterProperties.class))
                .orElseGet(List::of)
                .stream()
                .filter(filter -> NAMES.contains(nameOf(filter)))
                .findFirst()
                .ifPresent(filter -> {
                    throw new SluiceConfigurationException(
                            DEFAULT_FILTERS
                                    + " would have no effect: the gateway on WebMVC does not read it, and it names "
                                    + filter.getName(),
                            "Name the filter on each route, or protect the paths by sluice.filters.");
                });
    }

    private static String nameOf(FilterProperties filter) {
        return StringUtils.uncapitalize(String.valueOf(filter.getName()));
    }

    private static void check(FilterProperties filter, SluiceProperties properties) {
        List<String> arguments = List.copyOf(filter.getArgs().values());
        String first = arguments.isEmpty() ? "" : arguments.get(0);
        switch (nameOf(filter)) {
            case "rateLimited" -> {
                String permits = arguments.size() > 1 ? arguments.get(1) : "1";
                // Not those that annotations declare: at the start this check comes before them.
                SluiceProperties.requireLimit(
                        properties.allLimits(),
                        filter.getArgs().getOrDefault("limit", first),
                        Long.parseLong(filter.getArgs().getOrDefault("permits", permits)));
            }
            case "waitingRoom" -> properties.requireRoom(first);
            case "guard" -> properties.requireGuard(first);
            default -> {
                // Not one of ours.
            }
        }
    }

    private static HandlerFilterFunction<ServerResponse, ServerResponse> through(Function<HttpGate, Gate> named) {
        AtomicReference<@Nullable Gate> found = new AtomicReference<>();
        return (request, next) -> {
            Gate gate = found.get();
            if (gate == null) {
                gate = named.apply(MvcUtils.getApplicationContext(request).getBean(HttpGate.class));
                found.set(gate);
            }
            return passes(gate, request.servletRequest()) ? next.handle(request) : new Answered();
        };
    }

    private static boolean passes(Gate gate, HttpServletRequest request) throws IOException {
        ServletCall call = ServletCall.of(request);
        HttpServletResponse response =
                RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes attributes
                        ? attributes.getResponse()
                        : null;
        return call.passes(gate, request, response == null ? call.answer() : response);
    }

    /** An answer that is written already, or will be when the request comes back from its wait. */
    private record Answered(HttpHeaders headers, MultiValueMap<String, Cookie> cookies) implements ServerResponse {

        Answered() {
            this(new HttpHeaders(), new LinkedMultiValueMap<>());
        }

        @Override
        public HttpStatusCode statusCode() {
            return HttpStatus.OK;
        }

        @Override
        public @Nullable ModelAndView writeTo(
                HttpServletRequest request, HttpServletResponse response, Context context) {
            return null;
        }
    }
}
