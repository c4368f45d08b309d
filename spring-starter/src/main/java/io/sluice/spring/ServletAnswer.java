package io.sluice.spring;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.PrintWriter;

/**
 * The answer of what is behind the gates. Keeps the release header to itself, and frees the visitor's places before
 * any part of the answer can be sent: when the body begins, or at the end of an answer without one. Keeps an answer
 * with a ticket or a pass out of caches.
 */
final class ServletAnswer extends HttpServletResponseWrapper {

    private final ServletCall call;
    private final LiveSettings settings;
    private boolean told;
    private boolean begun;

    ServletAnswer(ServletCall call, HttpServletResponse response, LiveSettings settings) {
        super(response);
        this.call = call;
        this.settings = settings;
    }

    /** Frees the places if the answer says so. The thread waits for the store once, so that the next call sees it. */
    void begin() {
        begin(getStatus());
    }

    /** Does the same as {@link #begin} for an answer that a failure has ended. */
    void beginFailed() {
        begin(SC_INTERNAL_SERVER_ERROR);
    }

    private void begin(int status) {
        begun = true;
        Passage passage = Passage.find(call.attributes());
        if (passage != null) {
            boolean leaves = told;
            told = false;
            passage.leaveRooms(call, leaves, status).toCompletableFuture().join();
            call.applyHeaders();
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
        call.applyHeadersAgain();
    }

    @Override
    public ServletOutputStream getOutputStream() throws IOException {
        begin();
        return super.getOutputStream();
    }

    @Override
    public PrintWriter getWriter() throws IOException {
        begin();
        return super.getWriter();
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
