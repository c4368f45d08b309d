package io.sluice.spring;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
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

/** A request of a servlet container, and so of Spring MVC and the gateway on it. One for all its dispatches. */
final class ServletCall implements GatedCall {

    /** The result that ends a wait. {@link #comesBack} removes it before a handler could take it for its own result. */
    private static final Object GO_ON = new Object();

    /** What Spring Security's {@code RequestAttributeSecurityContextRepository} reads in further dispatches. */
    private static final String SECURITY_CONTEXT =
            "org.springframework.security.web.context.RequestAttributeSecurityContextRepository.SPRING_SECURITY_CONTEXT";

    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    /** The attributes in which a controller, and a functional route or the gateway's, leave path variables. */
    private static final List<String> MAPPINGS =
            List.of(HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE, RouterFunctions.URI_TEMPLATE_VARIABLES_ATTRIBUTE);

    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final ServletAnswer answer;
    private final Map<String, Object> attributes = new HashMap<>();
    /** Headers to set on the container's threads: the response is for them alone, but a gate may answer on another. */
    private final Queue<Runnable> headers = new ConcurrentLinkedQueue<>();
    /** Those that are set. */
    private final List<Runnable> applied = new ArrayList<>();

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
        // Spring would strip any servlet's path, but users know another servlet's pages by their whole paths.
        RequestPath whole = request.getServletPath().equals(mvcPath)
                ? ServletRequestPathUtils.parse(request)
                : RequestPath.parse(request.getRequestURI(), request.getContextPath());
        this.path = whole.pathWithinApplication().value();
        this.basePath = request.getContextPath() + mvcPath;
    }

    /**
     * Begins the call of a request; {@link #of} finds it from then on.
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

    /** Done now, because Spring Security finds the principal by the thread, and a gate may answer on another. */
    private void takePrincipal(HttpServletRequest current) {
        principal = Principals.nameOf(current.getUserPrincipal());
    }

    /** Returns the response for what is behind the gates. */
    HttpServletResponse answer() {
        return answer;
    }

    /** Returns this call without a frame: nothing dispatches it back from a wait, so the thread waits instead. */
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

    /** Does the same as {@link #find} where a call must have begun. */
    static ServletCall of(HttpServletRequest request) {
        ServletCall call = find(request);
        if (call == null) {
            throw new IllegalStateException(
                    "The request came neither through Sluice's servlet filter nor through its interceptor");
        }
        return call;
    }

    /**
     * Returns the call of a request, with the principal as of now; null if none has begun. Must be called on a thread
     * of the container.
     */
    static @Nullable ServletCall find(HttpServletRequest request) {
        if (!(request.getAttribute(Requests.ATTRIBUTE) instanceof ServletCall call)) {
            return null;
        }
        call.takePrincipal(request);
        return call;
    }

    /**
     * Tells whether to go on with what is behind the gate. If not, the caller must return at once: the answer is
     * written, or the container dispatches the request anew when the wait is over, and no thread waits until then.
     * Only for a call of the store does the thread wait: a dispatch would cost more, and what filters have left on the
     * thread would be gone.
     *
     * @param current the caller's request, which filters may have wrapped
     * @param answer the caller's response
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

    /** Does the same as {@link #passes}, but the thread waits, however long that takes. */
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
            // The caller looks at the outcome.
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
        // Replaces the one of an earlier wait: filters may have wrapped the request since.
        manager.setAsyncWebRequest(WebAsyncUtils.createAsyncWebRequest(current, answer));
        // No time-out here: each gate has its own.
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
     * Keeps the principal for further dispatches. Spring Security wants the filters that authenticate a request to do
     * so, but many an application's own filter sets only the thread's principal.
     */
    private static void keepPrincipal(HttpServletRequest current) {
        Object context = Principals.context();
        if (context != null && current.getAttribute(SECURITY_CONTEXT) == null) {
            current.setAttribute(SECURITY_CONTEXT, context);
        }
    }

    /**
     * Must be called in each further dispatch. A request that comes back from a wait is handled from the start, and
     * meets the gates that it has passed again.
     */
    void comesBack() {
        WebAsyncManager manager = WebAsyncUtils.getAsyncManager(request);
        if (manager.hasConcurrentResult() && manager.getConcurrentResult() == GO_ON) {
            manager.clearConcurrentResult();
        }
        applyHeaders();
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

    /** Sets the headers that gates have named so far. Must be called on a thread of the container. */
    void applyHeaders() {
        for (Runnable header = headers.poll(); header != null; header = headers.poll()) {
            header.run();
            applied.add(header);
        }
    }

    /** Sets those headers again. Must be called when what is behind the gates has reset its answer, and them with it. */
    void applyHeadersAgain() {
        applied.forEach(Runnable::run);
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

    /** Answers the request. */
    void write(HttpAnswer own) throws IOException {
        applyHeaders();
        ServletOutputStream stream = stream();
        response.setStatus(own.status());
        own.headers().forEach(response::setHeader);
        byte[] body = own.bodyBytes();
        response.setContentLength(body.length);
        stream.write(body);
    }

    /**
     * Returns the stream of the answer. A writer that was taken before would go on in its own encoding, in which pages
     * lose letters: so the answer then begins anew, with the headers that it has.
     */
    private ServletOutputStream stream() throws IOException {
        try {
            return response.getOutputStream();
        } catch (IllegalStateException writerIsTaken) {
            Map<String, List<String>> kept = new LinkedHashMap<>();
            response.getHeaderNames().forEach(name -> kept.put(name, List.copyOf(response.getHeaders(name))));
            response.reset();
            kept.forEach((name, values) -> values.forEach(value -> response.addHeader(name, value)));
            return response.getOutputStream();
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
    public void setResponseHeader(String name, String value) {
        headers.add(() -> response.setHeader(name, value));
    }

    @Override
    public void addResponseHeader(String name, String value) {
        headers.add(() -> response.addHeader(name, value));
    }
}
