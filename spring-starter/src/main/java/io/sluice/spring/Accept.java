package io.sluice.spring;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;

/** What a client wants to read. */
final class Accept {

    /** Browsers send less. Reading more is not worth the time. */
    private static final int LONGEST_HEADER = 500;

    private Accept() {}

    /** Tells whether an {@code Accept} header prefers a page to JSON: browsers do, and {@code *}{@code /*} does not. */
    static boolean prefersPage(@Nullable String header) {
        if (header == null) {
            return false;
        }
        List<MediaType> ranges;
        try {
            ranges = MediaType.parseMediaTypes(beginning(header, LONGEST_HEADER));
        } catch (InvalidMediaTypeException e) {
            return false;
        }
        return quality(ranges, MediaType.TEXT_HTML)
                > Math.max(
                        quality(ranges, MediaType.APPLICATION_JSON),
                        quality(ranges, MediaType.APPLICATION_PROBLEM_JSON));
    }

    /** Returns the beginning of a header, without a range that is cut off at its end. */
    static String beginning(String header, int longest) {
        if (header.length() <= longest) {
            return header;
        }
        int comma = header.lastIndexOf(',', longest);
        return comma < 0 ? "" : header.substring(0, comma);
    }

    /** Returns the quality of the most specific range that includes the type (RFC 9110, section 12.5.1). */
    private static double quality(List<MediaType> ranges, MediaType type) {
        MediaType best = null;
        for (MediaType range : ranges) {
            if (range.includes(type) && (best == null || range.isMoreSpecific(best))) {
                best = range;
            }
        }
        return best == null ? 0 : best.getQualityValue();
    }
}
