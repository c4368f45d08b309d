package io.sluice.spring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.context.support.ReloadableResourceBundleMessageSource;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/** The texts of the pages, in every language for which there is a file. */
final class Messages {

    private static final String OURS = "classpath:/io/sluice/spring/";
    private static final String BASE = "messages";
    private static final String SUFFIX = ".properties";

    /** Browsers send less. Looking up many languages would make a refusal dear. */
    private static final int LONGEST_HEADER = 100;

    private final ReloadableResourceBundleMessageSource texts = new ReloadableResourceBundleMessageSource();
    private final Set<Locale> languages = new LinkedHashSet<>();
    private final Locale fallback;

    /**
     * Reads the files.
     *
     * @param location the folder of the user's own files, whose keys come before ours; ends with a slash
     * @param fallback the language for readers of none of the available ones
     * @throws IllegalArgumentException if there are no texts in the fallback language
     */
    Messages(String location, Locale fallback) {
        texts.setBasenames(location + BASE, OURS + BASE);
        texts.setDefaultEncoding("UTF-8");
        texts.setFallbackToSystemLocale(false);
        languages.add(Locale.ENGLISH);
        addLanguagesOf(OURS);
        addLanguagesOf(location);
        if (!languages.contains(fallback)) {
            throw new IllegalArgumentException("sluice.pages.language is \"" + fallback.toLanguageTag()
                    + "\", but there are texts in " + tags() + " only. Add " + location + BASE + "_" + fallback
                    + SUFFIX);
        }
        this.fallback = fallback;
    }

    private List<String> tags() {
        return languages.stream().map(Locale::toLanguageTag).toList();
    }

    private void addLanguagesOf(String location) {
        // A class path may have several folders of one name.
        String everywhere = location.replaceFirst("^classpath:", "classpath*:") + BASE + "_*" + SUFFIX;
        try {
            for (Resource file : new PathMatchingResourcePatternResolver().getResources(everywhere)) {
                String name = String.valueOf(file.getFilename());
                String tag = name.substring(BASE.length() + 1, name.length() - SUFFIX.length());
                languages.add(Locale.forLanguageTag(tag.replace('_', '-')));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Set<Locale> languages() {
        return languages;
    }

    /** Returns a text; null if there is none under that key. */
    @Nullable
    String find(Locale language, String key) {
        return texts.getMessage(key, null, null, language);
    }

    /** Returns the available language that a reader prefers (RFC 9110, section 12.5.4). */
    Locale languageFor(@Nullable String acceptLanguage) {
        if (acceptLanguage == null) {
            return fallback;
        }
        try {
            String ranges = Accept.beginning(acceptLanguage, LONGEST_HEADER);
            Locale best = Locale.lookup(Locale.LanguageRange.parse(ranges), languages);
            return best == null ? fallback : best;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            // The latter for a range of nothing but dashes, until the JDK refuses it as it should.
            return fallback;
        }
    }
}
