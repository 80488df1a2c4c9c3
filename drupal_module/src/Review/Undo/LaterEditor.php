<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Undo;

use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\RevisionLogInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Says who saved a version, and when.
 *
 * @internal
 */
final class LaterEditor {

  use StringTranslationTrait;

  public function __construct(
    private readonly DateFormatterInterface $dates,
  ) {}

  /**
   * A sentence for something that was changed since, and stays.
   */
  public function changed(ContentEntityInterface $version): TranslatableMarkup {
    return $this->t('Changed since; the version of now was saved by @who on @when.', $this->arguments($version));
  }

  /**
   * A sentence for a draft of somebody that holds something else.
   */
  public function drafted(ContentEntityInterface $version): TranslatableMarkup {
    return $this->t('A draft that @who saved on @when holds something else.', $this->arguments($version));
  }

  /**
   * A sentence for a draft of the agent that somebody went on with.
   */
  public function wentOn(ContentEntityInterface $version): TranslatableMarkup {
    return $this->t('@who went on with the draft on @when: it stays.', $this->arguments($version));
  }

  private function arguments(ContentEntityInterface $version): array {
    $isSigned = $version instanceof RevisionLogInterface;
    return [
      '@who' => ($isSigned ? $version->getRevisionUser()?->getDisplayName() : NULL) ?? $this->t('somebody'),
      '@when' => $isSigned ? $this->dates->format((int) $version->getRevisionCreationTime(), 'short') : $this->t('an unknown day'),
    ];
  }

}
