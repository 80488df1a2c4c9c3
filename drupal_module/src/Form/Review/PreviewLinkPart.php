<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Review;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Preview\HiddenParts;
use Drupal\background_agents\Preview\PreviewLink;
use Drupal\background_agents\Preview\PreviewLinks;
use Drupal\background_agents\Preview\PreviewRenderer;
use Drupal\background_agents\Preview\PreviewVersions;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\background_agents\Review\Seen;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * A link that shows the draft to people without an account.
 *
 * @internal
 */
final class PreviewLinkPart extends ReviewFormPartBase {

  /**
   * Where the form keeps the link that was made.
   */
  private const string MADE = 'background_agents_preview_link';

  private const string WRAPPER = 'ba-preview-link';

  public function __construct(
    private readonly PreviewLinks $links,
    private readonly PreviewVersions $versions,
    private readonly PreviewRenderer $renderer,
    private readonly HiddenParts $hidden,
    private readonly DateFormatterInterface $dates,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(ReviewPage $page, FormStateInterface $form_state): array {
    if (!$this->mayMake($page->change)) {
      return [];
    }
    $link = $form_state->get(self::MADE);
    return [
      '#type' => 'container',
      '#attributes' => ['id' => self::WRAPPER, 'data-ba-copied' => ''],
      '#attached' => ['library' => ['background_agents/preview']],
      'made' => $link instanceof PreviewLink ? $this->made($page, $link) : [],
      'copy' => [
        '#type' => 'submit',
        '#name' => 'preview_link',
        '#value' => $this->t('Copy preview link'),
        '#ajax' => ['callback' => [self::class, 'answer'], 'wrapper' => self::WRAPPER, 'disable-refocus' => TRUE],
      ],
      'about' => [
        '#markup' => '<p class="ba-note">' . $this->t('Shows this version for an hour to whoever has the address, without an account.') . '</p>',
      ],
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function submit(Change $change, Seen $seen, FormStateInterface $form_state): void {
    $draft = $this->versions->draft($change);
    if (!$this->mayMake($change) || $draft === NULL) {
      throw new ReviewRefused($this->t('Somebody has decided about this draft meanwhile: no preview link was made.'));
    }
    $form_state->set(self::MADE, $this->links->make($change, (int) $draft->getRevisionId()));
    $form_state->setRebuild();
  }

  /**
   * The section anew, for the script.
   *
   * @param array<string, mixed> $form
   *   The whole form.
   *
   * @return array<string, mixed>
   *   The section.
   */
  public static function answer(array $form): array {
    return $form['preview_link'];
  }

  /**
   * The address, and who sees what there.
   *
   * @return array<string, mixed>
   */
  private function made(ReviewPage $page, PreviewLink $link): array {
    $hidden = $this->hidden->of($page->shown);
    return [
      'address' => [
        '#type' => 'textfield',
        '#title' => $this->t('Address of the preview'),
        '#value' => $this->links->url($page->change, $link),
        '#maxlength' => NULL,
        '#attributes' => ['readonly' => 'readonly', 'data-ba-copy' => '', 'class' => ['ba-preview-address']],
        '#description' => $this->t('It is valid until @time, or until somebody decides about the draft.', ['@time' => $this->dates->format($link->expires, 'short')]),
      ],
      'copied' => [
        '#type' => 'html_tag',
        '#tag' => 'p',
        '#value' => $this->t('The preview link is copied.'),
        '#attributes' => ['data-ba-copied-text' => '', 'hidden' => 'hidden'],
      ],
      'hidden' => [
        '#theme' => 'item_list',
        '#title' => $this->t('What is not shown to people without an account'),
        '#items' => $hidden,
        '#access' => $hidden !== [],
      ],
    ];
  }

  private function mayMake(Change $change): bool {
    return $change->isPending() && $this->renderer->canRender($change->getTargetEntityTypeId()) && $change->access('review', $this->currentUser);
  }

}
