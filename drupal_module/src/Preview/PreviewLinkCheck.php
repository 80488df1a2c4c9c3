<?php

declare(strict_types=1);

namespace Drupal\background_agents\Preview;

use Drupal\background_agents\Entity\Change;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Opens the version that a preview link is for, or says why it does not.
 *
 * @internal
 */
final class PreviewLinkCheck {

  use StringTranslationTrait;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly PreviewLinks $links,
    private readonly PreviewVersions $versions,
    private readonly PreviewRenderer $renderer,
    private readonly DateFormatterInterface $dates,
  ) {}

  /**
   * Returns the version.
   *
   * @param int $id
   *   Id of the change.
   * @param int $revision
   *   Id of the revision.
   * @param int $expires
   *   Until when, Unix time.
   * @param string $signature
   *   What the address is signed with.
   *
   * @throws \Drupal\background_agents\Preview\PreviewRefused
   *   When it is not shown.
   */
  public function open(int $id, int $revision, int $expires, string $signature): ContentEntityInterface {
    $change = $this->entityTypeManager->getStorage('background_agents_change')->load($id);
    $change = $change instanceof Change ? $change : NULL;
    $link = new PreviewLink((string) $change?->uuid(), $revision, $expires);
    // The signature first: who has none learns nothing about drafts.
    $isTrue = $this->links->isSigned($link, $signature) && $change !== NULL;
    $version = $isTrue && !$this->links->isOver($link) && $change->isPending() ? $this->versions->linked($change, $revision) : NULL;
    $sentence = match (TRUE) {
      !$isTrue => $this->t('This preview link is not valid. Perhaps a part of its address was lost: ask for the whole address.'),
      $this->links->isOver($link) => $this->t('This preview link was valid until @time. Ask for a new one.', ['@time' => $this->dates->format($expires, 'short')]),
      !$change->isPending() => $this->t('Somebody has decided about this draft: it is not shown any more.'),
      $version === NULL || !$this->renderer->canRender($version->getEntityTypeId()) => $this->t('This version of the draft is not there any more. Ask for a new preview link.'),
      default => NULL,
    };
    if ($sentence !== NULL) {
      throw new PreviewRefused($isTrue && !$this->links->isOver($link) ? 404 : 403, $sentence);
    }
    return $version;
  }

}
