<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Preview\PreviewRenderer;
use Drupal\background_agents\Preview\PreviewUrls;
use Drupal\background_agents\Preview\PreviewVersions;
use Drupal\background_agents\Review\Diff\FieldDiff;
use Drupal\background_agents\Review\ProposedVersions;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * The page of a draft that a test run left: to look at, not to decide about.
 *
 * @internal
 */
final class ProposedDraft {

  use StringTranslationTrait;

  public function __construct(
    private readonly ProposedVersions $versions,
    private readonly DraftHead $head,
    private readonly DraftFields $fields,
    private readonly PreviewRenderer $renderer,
    private readonly PreviewUrls $urls,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Returns what the page shows.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(Change $change): array {
    $after = $this->versions->after($change);
    $mayAll = $this->versions->wholeAccess($change, $this->currentUser)->isAllowed();
    $head = ['test' => $this->sentence(), 'draft' => $this->head->build($change)];
    if ($after === NULL) {
      return $head + ['gone' => ['#markup' => '<p>' . $this->t('The site has no content of this kind any more.') . '</p>']];
    }
    $before = $this->versions->before($change);
    $diffs = $this->fields->diffs($change, $before, $after);
    return $head + [
      'fields' => $this->fields->build($mayAll ? $diffs : array_values(array_filter($diffs, static fn (FieldDiff $diff): bool => $diff->isAgents)), FALSE, $before === NULL),
      'previews' => $mayAll ? $this->previews($change) : [],
    ];
  }

  /**
   * What a test run is, and what it cannot show.
   */
  private function sentence(): array {
    // Not core's template: its landmark would stand within that of the form.
    return [
      '#type' => 'container',
      '#attributes' => ['class' => ['messages', 'messages--status']],
      'text' => [
        '#markup' => '<div class="messages__content">' . $this->t('This was a test run: nothing was saved, so there is nothing to decide about. What other modules do when content is saved, such as making an address for the page, is not shown.') . '</div>',
      ],
    ];
  }

  private function previews(Change $change): array {
    $isNew = $change->getBaseRevisionId() === NULL;
    return [
      '#type' => 'details',
      '#title' => $this->t('Preview'),
      '#open' => TRUE,
      '#attached' => ['library' => ['background_agents/preview']],
      'frames' => !$this->renderer->canRender($change->getTargetEntityTypeId())
        ? ['#markup' => '<p>' . $this->t('Content of this kind has no page of its own, so there is no preview.') . '</p>']
        : [
          '#theme' => 'background_agents_previews',
          '#versions' => [
            $this->version($isNew ? '' : $this->urls->of($change, (int) $change->getBaseRevisionId()), $this->t('Before'), $this->t('Preview of what the agent read')),
            $this->version($this->urls->of($change, PreviewVersions::PROPOSED), $this->t('Proposed'), $this->t('Preview of what the agent proposes')),
          ],
          '#note' => $this->t('In a preview no script runs, no form is sent, and nothing is loaded from other sites.'),
        ],
    ];
  }

  /**
   * Returns what the template needs of a version.
   *
   * @return array<string, \Drupal\Core\StringTranslation\TranslatableMarkup|string>
   */
  private function version(string $url, TranslatableMarkup $name, TranslatableMarkup $title): array {
    return [
      'name' => $name,
      'title' => $title,
      'url' => $url,
      'sentence' => $this->t('The agent proposes this as new content: there was nothing before.'),
    ];
  }

}
