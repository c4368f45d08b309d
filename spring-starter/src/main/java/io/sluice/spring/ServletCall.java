package io.sluice.spring;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.RequestPath;
import org.springframework.util.ClassUtils;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.util.ServletRequestPathUtils;
import org.springframework.web.util.UriComponentsBuilder;
import org.springframework.web.util.UriUtils;
import org.springframework.web.util.WebUtils;

/** A request of a servlet container, and so of Spring MVC and the gateway on it. One for all its dispatches. */
final class ServletCall implements GatedCall {

    /** The attributes in which a controller, and a functional route or the gateway's, leave path variables. */
    private static final List<String> MAPPINGS =
            List.of(HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE, RouterFunctions.URI_TEMPLATE_VARIABLES_ATTRIBUTE);

    /** Whether there may be routes of the gateway, which passes on the path of the whole URI. */
    private static final boolean HAS_ROUTES = ClassUtils.isPresent(
            "org.springframework.cloud.gateway.server.mvc.common.MvcUtils", ServletCall.class.getClassLoader());

    private final HttpServletRequest request;
    private final ServletAnswer answer;
    private final Map<String, Object> attributes = new HashMap<>();
    private final Duration storeCall;
    private final String path;
    private final String routedPath;
    private final String basePath;
    private @Nullable String principal;

    /** Completes when a guard holds the request; null where the thread waits for no call of the store. */
    private volatile @Nullable CompletableFuture<Void> held;

    private boolean hasFrame = true;
    private boolean isBehindFrame;
    private boolean isInFrame;
    private volatile boolean isOver;

    private ServletCall(
            HttpServletRequest request,
            HttpServletResponse response,
            String mvcPath,
            LiveSettings settings,
            Duration storeCall) {
        this.storeCall = storeCall;
        this.request = request;
        this.answer = new ServletAnswer(this, response, settings);
        // Spring would strip any servlet's path, but users know another servlet's pages by their whole paths.
        RequestPath whole = request.getServletPath().equals(mvcPath)
                ? ServletRequestPathUtils.parse(request)
                : RequestPath.parse(request.getRequestURI(), request.getContextPath());
        this.path = whole.pathWithinApplication().value();
        this.routedPath = HAS_ROUTES ? whole.value() : path;
        this.basePath = request.getContextPath() + mvcPath;
    }

    /**
     * Begins the call of a request; {@link #find} finds it from then on.
     *
     * @param mvcPath the path of Spring MVC's servlet, such as {@code /web}; empty if it has none of its own
     * @param storeCall how long one call of the store may take; zero if the store is in this process
     */
    static ServletCall begin(
            HttpServletRequest request,
            HttpServletResponse response,
            String mvcPath,
            LiveSettings settings,
            Duration storeCall) {
        ServletCall call = new ServletCall(request, response, mvcPath, settings, storeCall);
        call.takePrincipal(request);
        request.setAttribute(Requests.ATTRIBUTE, call);
        return call;
    }

    /** Notes that this call began without the frame: nothing dispatches it back from a wait, so the thread waits. */
    ServletCall begunWithoutFrame() {
        hasFrame = false;
        return this;
    }

    /** Does the same as {@link #resume} where a call must have begun. */
    static ServletCall of(HttpServletRequest request) {
        ServletCall call = resume(request);
        if (call == null) {
            throw new IllegalStateException(
                    "The request came neither through Sluice's servlet filter nor through its interceptor");
        }
        return call;
    }

    /**
     * Goes on with the call of a request, by the principal as of now; null if none has begun. Must be called on a
     * thread of the container.
     */
    static @Nullable ServletCall resume(HttpServletRequest request) {
        ServletCall call = find(request);
        if (call != null) {
            call.takePrincipal(request);
        }
        return call;
    }

    /** Returns the call of a request; null if none has begun. */
    static @Nullable ServletCall find(HttpServletRequest request) {
        return request.getAttribute(Requests.ATTRIBUTE) instanceof ServletCall call ? call : null;
    }

    /** Done now, because Spring Security finds the principal by the thread, and a gate may answer on another. */
    private void takePrincipal(HttpServletRequest current) {
        principal = Principals.nameOf(current.getUserPrincipal());
    }

    /** Returns the answer, which is the response for what is behind the gates. */
    ServletAnswer answer() {
        return answer;
    }

    /**
     * Returns the response for what is behind the frame. A dispatch brings the answer around the response if it was
     * there when the request left its thread, and the response alone after {@code startAsync()} without arguments.
     */
    HttpServletResponse answerOver(HttpServletResponse current) {
        if (WebUtils.getNativeResponse(current, ServletAnswer.class) != null) {
            return current;
        }
        answer.continueOver(current);
        return answer;
    }

    /**
     * Tells whether to go on with what is behind the gate. If not, the caller must return at once: the answer is
     * written, or the container dispatches the request anew when the wait is over, and no thread waits until then.
     * Only for a call of the store does the thread wait, unless a guard holds the request meanwhile: a dispatch would
     * cost more, and what filters have left on the thread would be gone.
     *
     * @param current the caller's request, which filters may have wrapped
     * @param answer the caller's response
     */
    boolean passes(Gate gate, HttpServletRequest current, HttpServletResponse answer) throws IOException {
        if (!hasFrame) {
            return passesOnThisThread(gate);
        }
        CompletableFuture<Void> heldByGuard = storeCall.isZero() ? null : new CompletableFuture<>();
        held = heldByGuard;
        CompletableFuture<Optional<HttpAnswer>> entered =
                gate.enterUnlessPreflight(this).toCompletableFuture();
        if (heldByGuard != null && !entered.isDone()) {
            ServletWait.onThread(CompletableFuture.anyOf(entered, heldByGuard), storeCall);
        }
        if (!entered.isDone()) {
            ServletWait.untilDispatch(entered, current, answer);
            return false;
        }
        return goesOn(entered);
    }

    /** Does the same as {@link #passes}, but the thread waits, however long that takes. */
    boolean passesOnThisThread(Gate gate) throws IOException {
        CompletableFuture<Optional<HttpAnswer>> entered =
                gate.enterUnlessPreflight(this).toCompletableFuture();
        ServletWait.onThread(entered, ServletWait.FOREVER);
        return goesOn(entered);
    }

    private boolean goesOn(CompletableFuture<Optional<HttpAnswer>> entered) throws IOException {
        answer.applyHeaders();
        Optional<HttpAnswer> refusal = entered.join();
        if (refusal.isPresent()) {
            answer.write(refusal.get());
        }
        return refusal.isEmpty();
    }

    /**
     * Must be called in each further dispatch. A request that comes back from a wait is handled from the start, and
     * meets the gates that it has passed again.
     */
    void comesBack() {
        ServletWait.end(request);
        answer.applyHeaders();
    }

    /** Tells whether the request passes the frame for the first time, which it may do in a dispatch {@code ASYNC}. */
    boolean comesBehindFrame() {
        boolean first = !isBehindFrame;
        isBehindFrame = true;
        return first;
    }

    /** Notes whether the request is in the frame or in what is behind it. */
    void isInFrame(boolean is) {
        isInFrame = is;
    }

    /** Tells whether a dispatch {@code FORWARD} only continues what the frame has let pass. */
    boolean goesStraightOn() {
        return isInFrame || isOver;
    }

    /** Tells whether {@link ServletFrame} has begun this call, and ends it. */
    boolean hasFrame() {
        return hasFrame;
    }

    /** Ends a call that was refused, unless {@link ServletFrame} does. */
    void endRefused() {
        if (!hasFrame) {
            end(true);
        }
    }

    /**
     * Ends the call. Must be called when the answer is complete.
     *
     * @param failed whether an exception has ended it
     */
    void end(boolean failed) {
        isOver = true;
        try {
            if (failed) {
                answer.beginFailed();
            } else {
                answer.begin();
            }
        } finally {
            Passage passage = Passage.find(attributes);
            if (passage != null) {
                passage.end();
            }
        }
    }

    @Override
    public String method() {
        return request.getMethod();
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public String routedPath() {
        return routedPath;
    }

    @Override
    public String basePath() {
        return basePath;
    }

    @Override
    public List<String> headers(String name) {
        return Collections.list(request.getHeaders(name));
    }

    @Override
    public @Nullable String cookie(String name) {
        Cookie[] cookies = request.getCookies();
        return cookies == null
                ? null
                : OneValue.of(Stream.of(cookies)
                        .filter(cookie -> cookie.getName().equals(name))
                        .map(Cookie::getValue)
                        .toList());
    }

    /** Reads the query alone: the container's parameters would read the body of a form, which is not ours. */
    @Override
    public @Nullable String query(String name) {
        if (request.getQueryString() == null) {
            return null;
        }
        List<@Nullable String> values = new ArrayList<>();
        UriComponentsBuilder.newInstance()
                .query(request.getQueryString())
                .build()
                .getQueryParams()
                .forEach((key, encoded) -> {
                    if (name.equals(decoded(key))) {
                        encoded.forEach(value -> values.add(value == null ? null : decoded(value)));
                    }
                });
        return OneValue.of(values);
    }

    /** Decodes a name or a value; null if it is not well encoded, which containers let through. */
    private static @Nullable String decoded(String encoded) {
        try {
            return UriUtils.decode(encoded.replace('+', ' '), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            return null;
        }
    }

    @Override
    public @Nullable String pathVariable(String name) {
        for (String mapping : MAPPINGS) {
            if (request.getAttribute(mapping) instanceof Map<?, ?> variables && variables.get(name) != null) {
                return variables.get(name).toString();
            }
        }
        return PathGates.variable(this, name);
    }

    @Override
    public @Nullable String principal() {
        return principal;
    }

    @Override
    public String remoteAddress() {
        return TrustedProxies.withoutBrackets(request.getRemoteAddr());
    }

    @Override
    public String scheme() {
        return request.getScheme();
    }

    @Override
    public String host() {
        return request.getServerName();
    }

    @Override
    public Map<String, Object> attributes() {
        return attributes;
    }

    @Override
    public void noteHeld() {
        CompletableFuture<Void> waitedFor = held;
        if (waitedFor != null) {
            waitedFor.complete(null);
        }
    }

    @Override
    public void setResponseHeader(String name, String value) {
        answer.setGateHeader(name, value);
    }

    @Override
    public void addResponseHeader(String name, String value) {
        answer.addGateHeader(name, value);
    }
}
