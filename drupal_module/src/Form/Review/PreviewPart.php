<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Review;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Preview\PreviewRenderer;
use Drupal\background_agents\Preview\PreviewUrls;
use Drupal\background_agents\Preview\PreviewVersions;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * What visitors see, and what they would see, side by side.
 *
 * @internal
 */
final class PreviewPart extends ReviewFormPartBase {

  public function __construct(
    private readonly PreviewVersions $versions,
    private readonly PreviewRenderer $renderer,
    private readonly PreviewUrls $urls,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(ReviewPage $page, FormStateInterface $form_state): array {
    $change = $page->change;
    if (!$change->access('review', $this->currentUser)) {
      return [];
    }
    return [
      '#type' => 'details',
      '#title' => $this->t('Preview'),
      '#open' => TRUE,
      '#attached' => ['library' => ['background_agents/preview']],
      'frames' => !$this->renderer->canRender($change->getTargetEntityTypeId())
        ? ['#markup' => '<p>' . $this->t('Content of this kind has no page of its own, so there is no preview.') . '</p>']
        : [
          '#theme' => 'background_agents_previews',
          '#versions' => [$this->former($change), $this->draft($change)],
          '#note' => $this->t('In a preview no script runs, no form is sent, and nothing is loaded from other sites.'),
        ],
    ];
  }

  /**
   * What the draft is compared with.
   *
   * @return array<string, \Drupal\Core\StringTranslation\TranslatableMarkup|string>
   */
  private function former(Change $change): array {
    $published = $change->isPending() ? $this->versions->published($change) : NULL;
    $nothing = $change->getBaseRevisionId() === NULL ? $this->t('The agent made this content: nothing of it was published before.') : $this->t('There is no other version to compare the draft with.');
    return $published !== NULL
      ? $this->version($change, $published, $this->t('Published'), $this->t('Preview of what is published'), $nothing)
      : $this->version($change, $this->versions->read($change), $this->t('Before'), $this->t('Preview of what the agent read'), $nothing);
  }

  /**
   * The draft.
   *
   * @return array<string, \Drupal\Core\StringTranslation\TranslatableMarkup|string>
   */
  private function draft(Change $change): array {
    return $this->version($change, $this->versions->draft($change), $this->t('Draft'), $this->t('Preview of the draft'), $this->t('This version is not there any more.'));
  }

  /**
   * Returns what the template needs of a version.
   *
   * @return array<string, \Drupal\Core\StringTranslation\TranslatableMarkup|string>
   */
  private function version(Change $change, ?ContentEntityInterface $version, TranslatableMarkup $name, TranslatableMarkup $title, TranslatableMarkup $nothing): array {
    return [
      'name' => $name,
      'title' => $title,
      'url' => $version === NULL ? '' : $this->urls->of($change, (int) $version->getRevisionId()),
      'sentence' => $nothing,
    ];
  }

}
