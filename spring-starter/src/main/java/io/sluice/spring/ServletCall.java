package io.sluice.spring;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.RequestPath;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.context.request.async.WebAsyncManager;
import org.springframework.web.context.request.async.WebAsyncUtils;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.util.ServletRequestPathUtils;
import org.springframework.web.util.UriComponentsBuilder;
import org.springframework.web.util.UriUtils;

/** A request of a servlet container, and so of Spring MVC and of the gateway on it. One for all its dispatches. */
final class ServletCall implements HttpCall {

    /** What a wait ends with; {@link #comesBack} takes it away before a handler could take it for a result of its own. */
    private static final Object GO_ON = new Object();

    /** Where Spring Security's {@code RequestAttributeSecurityContextRepository} looks in further dispatches. */
    private static final String SECURITY_CONTEXT =
            "org.springframework.security.web.context.RequestAttributeSecurityContextRepository.SPRING_SECURITY_CONTEXT";

    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    /** Under which attributes a controller, and a functional route or the gateway's, leave path variables. */
    private static final List<String> MAPPINGS =
            List.of(HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE, RouterFunctions.URI_TEMPLATE_VARIABLES_ATTRIBUTE);

    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final ServletAnswer answer;
    private final Map<String, Object> attributes = new HashMap<>();
    /** Set later, on the container's threads: the response is for them alone, but a gate may answer on another. */
    private final Queue<Runnable> headers = new ConcurrentLinkedQueue<>();

    private final Duration storeCall;
    private final String path;
    private final String basePath;
    private @Nullable String principal;
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
        this.response = response;
        this.answer = new ServletAnswer(this, response, settings);
        // Spring would take any servlet's path away, whereas users know another servlet's pages by their whole paths.
        RequestPath whole = request.getServletPath().equals(mvcPath)
                ? ServletRequestPathUtils.parse(request)
                : RequestPath.parse(request.getRequestURI(), request.getContextPath());
        this.path = whole.pathWithinApplication().value();
        this.basePath = request.getContextPath() + mvcPath;
    }

    /**
     * Begins the call of a request; {@link #of} finds it from then on.
     *
     * @param mvcPath the path of Spring MVC's servlet, as {@code /web}; empty if it has none of its own
     * @param storeCall for how long one call of the store may take; zero where the store is in this process
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

    /** Now, because Spring Security knows it by the thread, and a gate may answer on another. */
    private void takePrincipal(HttpServletRequest current) {
        principal = Principals.nameOf(current.getUserPrincipal());
    }

    /** Returns the response that whatever is behind the gates gets. */
    HttpServletResponse answer() {
        return answer;
    }

    /** Returns this call, which nothing dispatches back from a wait: the thread waits instead. */
    ServletCall withoutFrame() {
        hasFrame = false;
        return this;
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

    /** As {@link #find}, for what stands behind whoever begins calls. */
    static ServletCall of(HttpServletRequest request) {
        ServletCall call = find(request);
        if (call == null) {
            throw new IllegalStateException(
                    "The request came neither through Sluice's servlet filter nor through its interceptor");
        }
        return call;
    }

    /**
     * Returns the call of a request, with the principal as of now; null if none has begun. To be called on a thread of the
     * container.
     */
    static @Nullable ServletCall find(HttpServletRequest request) {
        if (!(request.getAttribute(Requests.ATTRIBUTE) instanceof ServletCall call)) {
            return null;
        }
        call.takePrincipal(request);
        return call;
    }

    /**
     * Tells whether to go on with what is behind the gate. If not, return at once: the answer is written, or the
     * container dispatches the request anew when the wait is over, and no thread waits until then. For a call of the
     * store the thread does wait: a dispatch would cost more, and what filters have left on the thread would be gone.
     *
     * @param current the request as the caller has it, which filters may have wrapped
     * @param answer as the caller has it
     */
    boolean passes(Gate gate, HttpServletRequest current, HttpServletResponse answer) throws IOException {
        if (!hasFrame) {
            return passesOnThisThread(gate);
        }
        CompletableFuture<Optional<HttpAnswer>> entered =
                gate.enterUnlessPreflight(this).toCompletableFuture();
        await(entered, storeCall);
        if (!entered.isDone()) {
            comeBackAfter(entered, current, answer);
            return false;
        }
        return goesOn(entered);
    }

    /** As {@link #passes}, but the thread waits, however long that takes. */
    boolean passesOnThisThread(Gate gate) throws IOException {
        CompletableFuture<Optional<HttpAnswer>> entered =
                gate.enterUnlessPreflight(this).toCompletableFuture();
        await(entered, FOREVER);
        return goesOn(entered);
    }

    private static void await(CompletableFuture<?> entered, Duration longest) throws IOException {
        if (entered.isDone() || longest.isZero()) {
            return;
        }
        try {
            entered.get(longest.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException | CancellationException e) {
            // Whoever asked looks at what has come of it.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while waiting to be let in");
        }
    }

    private boolean goesOn(CompletableFuture<Optional<HttpAnswer>> entered) throws IOException {
        applyHeaders();
        Optional<HttpAnswer> refusal = entered.join();
        if (refusal.isPresent()) {
            write(refusal.get());
        }
        return refusal.isEmpty();
    }

    private static void comeBackAfter(CompletionStage<?> wait, HttpServletRequest current, HttpServletResponse answer) {
        keepPrincipal(current);
        WebAsyncManager manager = WebAsyncUtils.getAsyncManager(current);
        // Not one that an earlier wait has left: filters may have wrapped the request since.
        manager.setAsyncWebRequest(WebAsyncUtils.createAsyncWebRequest(current, answer));
        // Without a time-out: each gate has its own.
        DeferredResult<Object> over = new DeferredResult<>(0L);
        try {
            manager.startDeferredResultProcessing(over);
        } catch (Exception e) {
            throw new IllegalStateException(
                    "Waiting needs asynchronous dispatch, which a servlet or a filter in front"
                            + " of Sluice's does not support",
                    e);
        }
        wait.whenComplete((refusal, failure) -> over.setResult(GO_ON));
    }

    /**
     * Spring Security wants filters that authenticate a request to keep that for its further dispatches, but many an
     * application's own sets the thread's principal alone.
     */
    private static void keepPrincipal(HttpServletRequest current) {
        Object context = Principals.context();
        if (context != null && current.getAttribute(SECURITY_CONTEXT) == null) {
            current.setAttribute(SECURITY_CONTEXT, context);
        }
    }

    /**
     * To be called in each further dispatch: if the request comes back from a wait, what handles it begins from the
     * start, and meets the gates it has passed again.
     */
    void comesBack() {
        WebAsyncManager manager = WebAsyncUtils.getAsyncManager(request);
        if (manager.hasConcurrentResult() && manager.getConcurrentResult() == GO_ON) {
            manager.clearConcurrentResult();
        }
        applyHeaders();
    }

    /**
     * Tells whether the request comes to what is behind the frame for the first time, which it may do in a dispatch ASYNC.
     */
    boolean comesBehindFrame() {
        boolean first = !isBehindFrame;
        isBehindFrame = true;
        return first;
    }

    /** Says whether the request is at what is behind the frame, or the frame itself. */
    void isInFrame(boolean is) {
        isInFrame = is;
    }

    /** Tells whether a dispatch {@code FORWARD} is but a further step of what the frame has let pass. */
    boolean goesStraightOn() {
        return isInFrame || isOver;
    }

    /** Sets the headers that gates have named so far. To be called on a thread of the container. */
    void applyHeaders() {
        for (Runnable header = headers.poll(); header != null; header = headers.poll()) {
            header.run();
        }
    }

    /**
     * To be called when the answer is complete.
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

    /** Answers the request. */
    void write(HttpAnswer own) throws IOException {
        byte[] body = own.bodyBytes();
        applyHeaders();
        response.setStatus(own.status());
        own.headers().forEach(response::setHeader);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
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

    /** Read from the query alone: the container's parameters would read the body of a form, which is not ours. */
    @Override
    public @Nullable String query(String name) {
        if (request.getQueryString() == null) {
            return null;
        }
        String value = UriComponentsBuilder.newInstance()
                .query(request.getQueryString())
                .build()
                .getQueryParams()
                .getFirst(UriUtils.encode(name, StandardCharsets.UTF_8));
        return value == null ? null : decoded(value.replace('+', ' '));
    }

    /** Returns null for what is not well encoded, which containers let through. */
    private static @Nullable String decoded(String value) {
        try {
            return UriUtils.decode(value, StandardCharsets.UTF_8);
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
    public void setResponseHeader(String name, String value) {
        headers.add(() -> response.setHeader(name, value));
    }

    @Override
    public void addResponseHeader(String name, String value) {
        headers.add(() -> response.addHeader(name, value));
    }
}
