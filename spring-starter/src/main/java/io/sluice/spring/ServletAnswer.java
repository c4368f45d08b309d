package io.sluice.spring;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The answer to a request of a servlet container: what gates say, and what is said behind them, for which this is the
 * response. Keeps the release header to itself, and frees the visitor's places before any part of the answer can be
 * sent: when the body begins, or at the end of an answer without one. Keeps an answer with a ticket or a pass out of
 * caches.
 */
final class ServletAnswer extends HttpServletResponseWrapper {

    private final GatedCall call;
    /** Where gates' words go. {@code super} would not do: in an include, containers have it ignore headers. */
    private HttpServletResponse response;

    private final LiveSettings settings;
    /** Headers to set on the container's threads: the response is for them alone, but a gate may answer on another. */
    private final Queue<Runnable> gateHeaders = new ConcurrentLinkedQueue<>();
    /** Those that are set. */
    private final List<Runnable> applied = new ArrayList<>();

    private boolean told;
    private boolean begun;

    ServletAnswer(GatedCall call, HttpServletResponse response, LiveSettings settings) {
        super(response);
        this.call = call;
        this.response = response;
        this.settings = settings;
    }

    /** Goes on over the response that a further dispatch brings. */
    void continueOver(HttpServletResponse current) {
        setResponse(current);
        response = current;
    }

    /** Sets a header as a gate says, on any thread. {@link #applyHeaders} follows. */
    void setGateHeader(String name, String value) {
        gateHeaders.add(() -> response.setHeader(name, value));
    }

    /** Adds a header as {@link #setGateHeader} sets one. */
    void addGateHeader(String name, String value) {
        gateHeaders.add(() -> response.addHeader(name, value));
    }

    /** Applies what gates have said of headers so far. Must be called on a thread of the container. */
    void applyHeaders() {
        for (Runnable header = gateHeaders.poll(); header != null; header = gateHeaders.poll()) {
            header.run();
            applied.add(header);
        }
    }

    /** Answers the request as a gate says, in place of what a filter has written so far. */
    void write(HttpAnswer own) throws IOException {
        applyHeaders();
        ServletOutputStream stream = gateStream();
        response.resetBuffer();
        response.setStatus(own.status());
        own.headers().forEach(response::setHeader);
        byte[] body = own.bodyBytes();
        response.setContentLength(body.length);
        stream.write(body);
    }

    /**
     * Returns the stream for a gate's answer. A writer that was taken before would go on in its own encoding, in which
     * pages lose letters: so the answer then begins anew, with the headers that it has.
     */
    private ServletOutputStream gateStream() throws IOException {
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

    /** Frees the places if the answer says so. The thread waits for the store once, so that the next call sees it. */
    void begin() {
        begin(getStatus());
    }

    /** Does the same as {@link #begin} for an answer that a failure has ended. */
    void beginFailed() {
        begin(SC_INTERNAL_SERVER_ERROR);
    }

    /** A handler may take the stream or the writer, and fail before it uses it. */
    private void beginOnce() {
        if (!begun) {
            begin();
        }
    }

    private void begin(int status) {
        begun = true;
        Passage passage = Passage.find(call.attributes());
        if (passage != null) {
            boolean leaves = told;
            told = false;
            passage.leaveRooms(call, leaves, status).toCompletableFuture().join();
            applyHeaders();
            passage.keepFromCaches(this::getHeaderNames, super::setHeader);
        }
    }

    private boolean isTaken(String name, String value) {
        Passage passage = Passage.find(call.attributes());
        if (begun && passage != null && passage.keepsFromCaches(name)) {
            super.setHeader(name, HttpAnswer.NO_STORE);
            return true;
        }
        if (passage == null
                || !passage.hasRooms()
                || !settings.of(call).waitingRoom().releaseHeader().equalsIgnoreCase(name)) {
            return false;
        }
        told = "true".equalsIgnoreCase(value);
        if (begun) {
            begin();
        }
        return true;
    }

    @Override
    public void setHeader(String name, String value) {
        if (!isTaken(name, value)) {
            super.setHeader(name, value);
        }
    }

    @Override
    public void addHeader(String name, String value) {
        if (!isTaken(name, value)) {
            super.addHeader(name, value);
        }
    }

    /** Begins the answer anew, but with what gates have said so far: a visitor whose cookie is lost takes a second place. */
    @Override
    public void reset() {
        super.reset();
        told = false;
        begun = false;
        applied.forEach(Runnable::run);
    }

    @Override
    public ServletOutputStream getOutputStream() throws IOException {
        return new ServletAnswerStream(super.getOutputStream(), this::beginOnce);
    }

    @Override
    public PrintWriter getWriter() throws IOException {
        return new ServletAnswerWriter(super.getWriter(), this::beginOnce);
    }

    @Override
    public void flushBuffer() throws IOException {
        begin();
        super.flushBuffer();
    }

    @Override
    public void sendError(int status, String message) throws IOException {
        begin(status);
        super.sendError(status, message);
    }

    @Override
    public void sendError(int status) throws IOException {
        begin(status);
        super.sendError(status);
    }

    @Override
    public void sendRedirect(String location) throws IOException {
        begin();
        super.sendRedirect(location);
    }

    @Override
    public void sendRedirect(String location, int status, boolean clearBuffer) throws IOException {
        begin();
        super.sendRedirect(location, status, clearBuffer);
    }
}
