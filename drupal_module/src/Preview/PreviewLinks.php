<?php

declare(strict_types=1);

namespace Drupal\background_agents\Preview;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\ReviewAudit;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Component\Utility\Crypt;
use Drupal\Core\Language\LanguageManagerInterface;
use Drupal\Core\PrivateKey;
use Drupal\Core\Site\Settings;
use Drupal\Core\Url;

/**
 * Makes and checks the links that show a draft to people without an account.
 *
 * Nothing is stored: a link is true by its signature, for an hour, while the
 * draft waits for a decision.
 *
 * @internal
 */
final class PreviewLinks {

  /**
   * How long a link shows the draft, in seconds.
   */
  public const int LIFETIME = 3600;

  /**
   * What the key is for, so that it fits nothing else.
   */
  private const string PURPOSE = 'background_agents preview link';

  public function __construct(
    private readonly PrivateKey $privateKey,
    private readonly TimeInterface $time,
    private readonly LanguageManagerInterface $languages,
    private readonly ReviewAudit $audit,
  ) {}

  /**
   * Makes a link to a revision of a draft, and notes in the audit log who did.
   */
  public function make(Change $change, int $revision): PreviewLink {
    $link = new PreviewLink((string) $change->uuid(), $revision, $this->time->getCurrentTime() + self::LIFETIME);
    $this->audit->record($change, 'preview_link', '', ['shown_revision' => $revision, 'until' => $link->expires]);
    return $link;
  }

  /**
   * The absolute address of a link, in the draft's language.
   */
  public function url(Change $change, PreviewLink $link): string {
    $language = $this->languages->getLanguage((string) $change->getTargetLangcode());
    return Url::fromRoute('background_agents.preview_link', [
      'change' => $change->id(),
      'revision' => $link->revision,
      'expires' => $link->expires,
      'signature' => $this->sign($link),
    ], array_filter(['absolute' => TRUE, 'language' => $language]))->toString(TRUE)->getGeneratedUrl();
  }

  /**
   * Whether a signature is that of a link. Takes the same time for any.
   */
  public function isSigned(PreviewLink $link, string $signature): bool {
    return hash_equals($this->sign($link), $signature);
  }

  /**
   * Whether the hour of a link is over.
   */
  public function isOver(PreviewLink $link): bool {
    return $link->expires <= $this->time->getCurrentTime();
  }

  private function sign(PreviewLink $link): string {
    $key = Crypt::hmacBase64(self::PURPOSE, $this->privateKey->get() . Settings::getHashSalt());
    return Crypt::hmacBase64(implode("\n", [$link->change, $link->revision, $link->expires]), $key);
  }

}
