package io.sluice.spring;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;

/** The stream of an answer, which begins with the first that is written, flushed or closed. */
final class ServletAnswerStream extends ServletOutputStream {

    private final ServletOutputStream stream;
    private final Runnable begin;

    /** @param begin begins the answer unless it has begun */
    ServletAnswerStream(ServletOutputStream stream, Runnable begin) {
        this.stream = stream;
        this.begin = begin;
    }

    @Override
    public void write(int single) throws IOException {
        begin.run();
        stream.write(single);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        begin.run();
        stream.write(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
        begin.run();
        stream.flush();
    }

    @Override
    public void close() throws IOException {
        begin.run();
        stream.close();
    }

    @Override
    public boolean isReady() {
        return stream.isReady();
    }

    @Override
    public void setWriteListener(WriteListener listener) {
        stream.setWriteListener(listener);
    }
}
