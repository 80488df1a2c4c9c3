<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

use Drupal\Core\Site\Settings;

/**
 * The secrets of this site: from settings.php or the environment only.
 *
 * @internal
 */
final class SiteSecrets {

  /**
   * A shorter secret is refused anyway; it could be a word.
   */
  private const CERTAIN = 24;

  /**
   * The secrets, once they were read.
   *
   * @var \Drupal\background_agents\Sidecar\Secret[]|null
   */
  private ?array $secrets = NULL;

  public function __construct(
    private readonly Settings $settings,
  ) {}

  /**
   * Returns the secrets: the first signs, all verify.
   *
   * @return \Drupal\background_agents\Sidecar\Secret[]
   *   The first signs, all verify; empty when none is configured.
   *
   * @throws \InvalidArgumentException
   *   When one of them is too short.
   */
  public function all(): array {
    return $this->secrets ??= array_map(Secret::parse(...), $this->texts());
  }

  /**
   * What is wrong with the secrets, in a sentence; NULL when nothing is.
   */
  public function whatIsWrong(): ?string {
    try {
      return $this->all() === [] ? "Set \$settings['background_agents']['secrets'] in settings.php, or the environment variable BACKGROUND_AGENTS_SECRET, to the secret of the sidecar." : NULL;
    }
    catch (\InvalidArgumentException $exception) {
      return $exception->getMessage();
    }
  }

  /**
   * A value without the site's own secrets.
   *
   * @param mixed $value
   *   Decoded JSON, objects as \stdClass.
   */
  public function redact(mixed $value): mixed {
    if (is_string($value)) {
      return str_replace(array_filter($this->texts(), static fn (mixed $text): bool => is_string($text) && strlen($text) >= self::CERTAIN), '[redacted]', $value);
    }
    if ($value instanceof \stdClass) {
      return (object) array_map($this->redact(...), get_object_vars($value));
    }
    return is_array($value) ? array_map($this->redact(...), $value) : $value;
  }

  /**
   * Reads the secrets as they were written down.
   *
   * @return array<mixed>
   *   Texts; whatever stands in the settings.
   */
  private function texts(): array {
    $configured = $this->settings->get('background_agents', [])['secrets'] ?? [];
    if ($configured === [] || $configured === '') {
      $configured = preg_split('/\s+/', (string) getenv('BACKGROUND_AGENTS_SECRET'), -1, PREG_SPLIT_NO_EMPTY);
    }
    return array_values((array) $configured);
  }

}
