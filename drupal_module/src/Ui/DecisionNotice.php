<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Change;
use Drupal\Core\Link;
use Drupal\Core\Messenger\MessengerInterface;
use Drupal\Core\Render\Markup;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;

/**
 * Tells a person what their decision did, and what they can do about it.
 *
 * @internal
 */
final class DecisionNotice {

  use StringTranslationTrait;

  public function __construct(
    private readonly MessengerInterface $messenger,
  ) {}

  /**
   * Says it, with links to the content.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft that was decided about.
   * @param \Drupal\Core\StringTranslation\TranslatableMarkup $sentence
   *   What has happened.
   */
  public function say(Change $change, TranslatableMarkup $sentence): void {
    $links = array_map(static fn (Link $link): string => (string) $link->toString(), $this->links($change));
    $this->messenger->addStatus(Markup::create($sentence . ' ' . implode(' · ', $links)));
  }

  /**
   * Returns the links that the person may follow.
   *
   * @return list<\Drupal\Core\Link>
   *   To the content, its form, and the way back.
   */
  private function links(Change $change): array {
    $target = $change->getTarget();
    $links = [];
    foreach (['canonical' => $this->t('View'), 'edit-form' => $this->t('Edit')] as $rel => $title) {
      $url = $target?->hasLinkTemplate($rel) ? $target->toUrl($rel) : NULL;
      if ($url?->access()) {
        $links[] = Link::fromTextAndUrl($title, $url);
      }
    }
    $run = $change->getRun();
    $undo = $run === NULL || $change->getStatus() !== Change::ACCEPTED ? NULL : Url::fromRoute('background_agents.run_undo', ['background_agents_run' => $run->id()]);
    return $undo?->access() ? [...$links, Link::fromTextAndUrl($this->t('Undo the run'), $undo)] : $links;
  }

}
