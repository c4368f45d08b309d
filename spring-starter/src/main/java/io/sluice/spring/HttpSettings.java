package io.sluice.spring;

/**
 * The settings of requests besides limits, rooms and guards. Immutable: a live change replaces them as a whole.
 *
 * @param filters the gate of {@code sluice.filters}
 * @param proxies the proxies that are trusted to report the client's address
 * @param rateLimitHeaders which headers report the state of limits
 * @param waitingRoom the settings common to all rooms
 * @param pages the pages for people
 */
record HttpSettings(
        Gate filters,
        TrustedProxies proxies,
        SluiceProperties.RateLimitHeaders rateLimitHeaders,
        SluiceProperties.WaitingRoomProperties waitingRoom,
        Pages pages) {

    /**
     * Reads all settings but the filters, which can be made only once what they name exists.
     *
     * @throws SluiceConfigurationException if a value cannot be used
     */
    static HttpSettings of(SluiceProperties properties) {
        SluiceProperties.WaitingRoomProperties waitingRoom = waitingRoom(properties);
        return new HttpSettings(
                Gate.OPEN,
                proxies(properties),
                properties.rateLimitHeaders(),
                waitingRoom,
                pages(properties, waitingRoom.path()));
    }

    /**
     * Returns these settings with changed properties and the same filters. The files of the pages are read anew if
     * their properties differ.
     *
     * @throws SluiceConfigurationException if a value cannot be used
     */
    HttpSettings changed(SluiceProperties before, SluiceProperties changed) {
        return new HttpSettings(
                filters,
                proxies(changed),
                changed.rateLimitHeaders(),
                waitingRoom(changed).asStarted(waitingRoom),
                changed.pages().equals(before.pages()) ? pages : pages(changed, waitingRoom.path()));
    }

    HttpSettings withFilters(Gate changed) {
        return new HttpSettings(changed, proxies, rateLimitHeaders, waitingRoom, pages);
    }

    private static TrustedProxies proxies(SluiceProperties properties) {
        return SluiceConfigurationException.under(
                "sluice.trusted-proxies", () -> new TrustedProxies(properties.trustedProxies()));
    }

    private static SluiceProperties.WaitingRoomProperties waitingRoom(SluiceProperties properties) {
        return SluiceConfigurationException.under(
                "sluice.waiting-room", () -> properties.waitingRoom().checked());
    }

    private static Pages pages(SluiceProperties properties, String queuePath) {
        return SluiceConfigurationException.under("sluice.pages", () -> new Pages(properties.pages(), queuePath));
    }
}
