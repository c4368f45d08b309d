package io.sluice.spring;

import java.io.PrintWriter;

/** The writer of an answer, which begins with the first that is written, flushed or closed. */
final class ServletAnswerWriter extends PrintWriter {

    private final PrintWriter writer;
    private final Runnable begin;

    /** @param begin begins the answer unless it has begun */
    ServletAnswerWriter(PrintWriter writer, Runnable begin) {
        super(writer);
        this.writer = writer;
        this.begin = begin;
    }

    @Override
    public void write(int single) {
        begin.run();
        writer.write(single);
    }

    @Override
    public void write(char[] characters, int offset, int length) {
        begin.run();
        writer.write(characters, offset, length);
    }

    @Override
    public void write(String text, int offset, int length) {
        begin.run();
        writer.write(text, offset, length);
    }

    /** The container's line end, which need not be the system's. */
    @Override
    public void println() {
        begin.run();
        writer.println();
    }

    @Override
    public void flush() {
        begin.run();
        writer.flush();
    }

    @Override
    public void close() {
        begin.run();
        writer.close();
    }

    @Override
    public boolean checkError() {
        begin.run();
        return writer.checkError();
    }
}
