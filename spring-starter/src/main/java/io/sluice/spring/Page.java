package io.sluice.spring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.core.io.DefaultResourceLoader;
import org.springframework.core.io.Resource;

/**
 * One kind of page in all languages, read once, and the Content-Security-Policy that fits it. Styles and scripts are
 * inline and allowed by their hashes, so nothing else runs in the page, whatever gets into it.
 */
final class Page {

    private static final String OURS = "classpath:/io/sluice/spring/";
    private static final Pattern INLINE =
            Pattern.compile("<(style|script)(\\s[^>]*)?>(.*?)</\\1\\s*>", Pattern.DOTALL | Pattern.CASE_INSENSITIVE);

    private final Map<Locale, Template> byLanguage = new HashMap<>();
    private final String securityPolicy;

    /**
     * Reads a page.
     *
     * @param location the folder of the user's own files; ours replace missing ones
     * @param name the template's file
     * @param values the names that gaps may have, besides those of texts
     * @throws IllegalArgumentException if a gap names something else
     */
    Page(String location, String name, Messages messages, Set<String> values) {
        Template raw = new Template(read(location, name));
        Template whole = new Template(raw.fill(gap -> switch (gap) {
            case "style" -> read(OURS, "style.css") + readIfThere(location, "style.css");
            case "script" -> read(OURS, "waiting.js");
            default -> null;
        }));
        securityPolicy = securityPolicy(name, whole.fill(Map.of()));
        for (Locale language : messages.languages()) {
            Template page = new Template(whole.fill(gap -> {
                String text = values.contains(gap) ? null : messages.find(language, gap);
                return text == null ? null : escape(text);
            }));
            Set<String> unknown = page.gaps();
            unknown.removeAll(values);
            if (!unknown.isEmpty()) {
                throw new IllegalArgumentException(name + " in " + location + " names " + unknown
                        + ", which is neither a text nor one of " + values);
            }
            byLanguage.put(language, page);
        }
    }

    String securityPolicy() {
        return securityPolicy;
    }

    /**
     * Writes the page.
     *
     * @param values the value of each gap, escaped for its place
     */
    String render(Locale language, Map<String, String> values) {
        Template page = byLanguage.get(language);
        if (page == null) {
            throw new IllegalArgumentException("There are no texts in " + language);
        }
        return page.fill(values);
    }

    /**
     * Escapes a text for a place between tags or in a quoted attribute. Does so by hand, because applications without
     * a web stack have no HtmlUtils.
     */
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    private static String securityPolicy(String name, String page) {
        Set<String> styles = new LinkedHashSet<>();
        Set<String> scripts = new LinkedHashSet<>();
        for (Matcher inline = INLINE.matcher(page); inline.find(); ) {
            boolean isData = String.valueOf(inline.group(2)).contains("application/json");
            String content = inline.group(3);
            if (isData) {
                continue;
            }
            if (!new Template(content).gaps().isEmpty()) {
                throw new IllegalArgumentException(name + " has " + new Template(content).gaps() + " inside a <"
                        + inline.group(1) + ">, which the Content-Security-Policy would not let run: it differs from"
                        + " answer to answer");
            }
            boolean isStyle = inline.group(1).equalsIgnoreCase("style");
            (isStyle ? styles : scripts).add(hash(content));
        }
        return "default-src 'none'; style-src " + sources(styles) + "; script-src " + sources(scripts)
                + "; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
    }

    private static String sources(Set<String> hashes) {
        return hashes.isEmpty() ? "'none'" : String.join(" ", hashes);
    }

    private static String hash(String content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java runtime has SHA-256", e);
        }
    }

    private static String read(String location, String name) {
        String own = readIfThere(location, name);
        return own.isEmpty() ? readIfThere(OURS, name) : own;
    }

    private static String readIfThere(String location, String name) {
        Resource file = new DefaultResourceLoader().getResource(location + name);
        try {
            // Browsers hash the parsed text, in which every line ends with a line feed.
            return file.exists()
                    ? file.getContentAsString(StandardCharsets.UTF_8).replace("\r\n", "\n")
                    : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
