package io.sluice.spring;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPattern.PathMatchInfo;
import org.springframework.web.util.pattern.PathPatternParser;

/** The filters of {@code sluice.filters}. All filters whose path and method match protect a request, in order. */
final class PathGates implements Gate {

    /** By name: without a web stack there is no HttpMethod. */
    private static final List<String> METHODS =
            List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE");

    private static final String VARIABLES = PathGates.class.getName();

    /**
     * One filter.
     *
     * @param methods in upper case; empty for all
     */
    record Entry(PathPattern path, Set<String> methods, Gate gate) {

        /** @param readings the forms in which the path may be read */
        @Nullable
        PathMatchInfo match(String method, List<PathContainer> readings) {
            if (!methods.isEmpty() && !methods.contains(method)) {
                return null;
            }
            for (PathContainer reading : readings) {
                PathMatchInfo match = path.matchAndExtract(reading);
                if (match != null) {
                    return match;
                }
            }
            return null;
        }
    }

    private final List<Entry> entries;

    private PathGates(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    /**
     * Reads the methods of a filter. GET includes HEAD, which Spring maps to the same methods of a controller.
     *
     * @throws IllegalArgumentException if one is unknown
     */
    static Set<String> methods(List<String> names) {
        Set<String> methods = new HashSet<>();
        for (String name : names) {
            String method = name.toUpperCase(Locale.ROOT);
            if (!METHODS.contains(method)) {
                throw new IllegalArgumentException("methods has \"" + name + "\", but expected some of " + METHODS);
            }
            methods.add(method);
        }
        if (methods.contains("GET")) {
            methods.add("HEAD");
        }
        return methods;
    }

    /**
     * Returns the gate that lets some calls pass without asking the given one.
     *
     * @param methods the methods of those calls, by the patterns of their paths
     */
    static Gate except(Map<String, String> methods, Gate gate) {
        List<Entry> free = new ArrayList<>();
        methods.forEach((pattern, method) ->
                free.add(new Entry(PathPatternParser.defaultInstance.parse(pattern), Set.of(method), Gate.OPEN)));
        return call -> {
            // The path as requested, which is how the routes of the endpoints match.
            List<PathContainer> path = List.of(PathContainer.parsePath(call.path()));
            return free.stream().anyMatch(entry -> entry.match(call.method(), path) != null) ? PASS : gate.enter(call);
        };
    }

    static Gate of(List<Entry> entries) {
        return entries.isEmpty() ? Gate.OPEN : new PathGates(entries);
    }

    @Override
    public CompletionStage<Optional<HttpAnswer>> enter(GatedCall call) {
        List<PathContainer> readings = readings(call);
        List<Gate> gates = new ArrayList<>();
        for (Entry entry : entries) {
            PathMatchInfo match = entry.match(call.method(), readings);
            if (match != null) {
                gates.add(with(match.getUriVariables(), entry.gate()));
            }
        }
        return Gate.inOrder(gates).enter(call);
    }

    private static List<PathContainer> readings(GatedCall call) {
        List<PathContainer> readings = readings(call.path());
        String routed = call.routedPath();
        if (!routed.equals(call.path())) {
            readings.addAll(readings(routed));
        }
        return readings;
    }

    /**
     * Returns the path as requested and, where they differ, without empty and dot segments, and without a slash at its
     * end. The second form finds a servlet beside Spring MVC's, files are looked up by it, and a service behind a
     * gateway may use it. Spring's {@code UrlHandlerFilter} makes the third.
     */
    private static List<PathContainer> readings(String path) {
        PathContainer asked = PathContainer.parsePath(path);
        PathContainer normalized = mayHaveOtherReading(path) ? normalized(asked) : asked;
        List<PathContainer> readings = new ArrayList<>(List.of(asked));
        if (normalized != asked) {
            readings.add(normalized);
        }
        String last = normalized.value();
        if (last.length() > 1 && last.endsWith("/")) {
            readings.add(PathContainer.parsePath(last.substring(0, last.length() - 1)));
        }
        return readings;
    }

    /** Tells whether a segment may be empty, apart from its parameters, or begins with a dot. */
    private static boolean mayHaveOtherReading(String path) {
        return path.contains("//")
                || path.contains("/.")
                || path.contains("/;")
                || path.contains("/%2e")
                || path.contains("/%2E");
    }

    private static PathContainer normalized(PathContainer path) {
        List<String> segments = new ArrayList<>();
        boolean endsWithSlash = false;
        for (PathContainer.Element element : path.elements()) {
            String name = element instanceof PathContainer.PathSegment segment ? segment.valueToMatch() : "";
            endsWithSlash = name.isEmpty() || name.equals(".") || name.equals("..");
            if (!endsWithSlash) {
                segments.add(element.value());
            } else if (name.equals("..") && !segments.isEmpty()) {
                segments.remove(segments.size() - 1);
            }
        }
        String joined = "/" + String.join("/", segments);
        return PathContainer.parsePath(endsWithSlash && !segments.isEmpty() ? joined + "/" : joined);
    }

    private static Gate with(Map<String, String> variables, Gate gate) {
        return call -> {
            call.attributes().put(VARIABLES, variables);
            return gate.enter(call);
        };
    }

    /** Returns a path variable of the filter that acts now, or acted last; null if there is none. */
    static @Nullable String variable(GatedCall call, String name) {
        return call.attributes().get(VARIABLES) instanceof Map<?, ?> variables && variables.get(name) != null
                ? variables.get(name).toString()
                : null;
    }
}
